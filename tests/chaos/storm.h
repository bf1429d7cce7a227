/*
 * storm.h: what the files of storm share: the launches, and what is known of
 * them.
 */
#ifndef STORM_H
#define STORM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

enum { APPS = 4 };
enum kind { PLAIN, FAIL, SKIP, UNTIL, REPLACE, TREE, KINDS };

struct result { /* of one launch */
	uint8_t kind, status, begun, taken;
	bool ended, copied; /* it went into the background */
	pid_t program, killed; /* by us */
};

struct counts {
	long launched, hung, duplicates, excused, stuck;
	long killed_owners, killed_keepers, swept, verbs;
};

extern const char *const kinds[KINDS];
extern struct result *results; /* by id, from 1 on */
extern struct counts counts;
extern int sweep_ms, verb_ms;
extern bool more; /* kinds of launches */
extern const char *root, *onlyone;
extern char app[APPS][4096];

int below(int n);
void die(const char *what);

/* For a child: nothing to read, and what it says goes to a file. */
void streams_set(void);

/* With verbs, half of the applications have two keys. */
bool keyed(int n);

/* storm_harm.c.  An owner or a keeper, by chance, is killed; folders and files
 * are swept away. */
void kill_one(void);
void sweep(void);

/* How many processes of ours there are, less keepers; *keepers those.  How many
 * folders of slots; say: which. */
int left_count(int *keepers);
int slots_count(bool say);

/* storm_verb.c.  The verb that runs now; 0: none.  Begin one of application n,
 * or one by chance; it has ended. */
extern pid_t verb;
pid_t verb_begin(const char *what, int n);
void verb_any(void);
void verb_ended(int status);

/* storm_reckon.c.  Read what programs and handlers have written down; then tell
 * all, and what is wrong.  How many launches are. */
void logs_read(void);
long reckon(void);

#endif
