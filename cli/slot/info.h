/*
 * info.h: what a slot folder records for `list` and for a revived keeper.
 *
 * Fields (fields.h).  The first four have a fixed width, so that the keeper
 * updates them in place; the last one is end=1, without which a reader takes
 * the file for one being written.  No environment is ever written.
 *
 *	activations used keeper listeners pid start pidfs pidns boot since first
 *		(of this owner)
 *	app key... (new-hash new-key...) image... was... scope index session
 *	held guard cwd
 *		(of the slot)
 *	on-activate self signal lifetime resettable stop-signal
 *	kill-after ends lock-file raise class rule cluster arg... args-digest
 *	end
 */
#ifndef INFO_H
#define INFO_H

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/fields.h"
#include "cli/slot/owner.h"
#include "cli/slot/slot.h"

enum {
	INFO_LIMIT = 8 << 20,
	INFO_ARGS_SHOWN = 4096 /* bytes of arguments kept */
};

#define INFO_IMAGE "image"

/* Of a command line that was cut: all of its words (info_digest). */
#define INFO_DIGEST "args-digest"

enum raise_mode { RAISE_AUTO, RAISE_NEVER, RAISE_CYCLE, RAISE_TOGGLE,
	RAISE_HERE };
extern const char *const raise_names[]; /* ended by NULL */

/* The mode of this name; NULL, or no such name: other. */
enum raise_mode raise_mode(const char *name, enum raise_mode other);
enum ends { ENDS_MAIN, ENDS_JOB, ENDS_TREE }; /* job.h */
enum lifetime { LIFETIME_DAEMON, LIFETIME_MAIN, LIFETIME_TREE };

/* What the first launch fixes for the instance.  More than a dozen members: one
 * for each option that does. */
struct terms {
	const char *on_activate; /* NULL: none */
	int signal;              /* 0: none */
	bool self; /* on_activate executes the program itself, which may stay */
	enum lifetime lifetime;
	bool resettable;
	bool cluster;          /* one in a cluster of hosts */
	const char *rule;      /* name of the rule that enforced it; NULL */
	const char *lock_file; /* absolute once recorded; NULL: none */
	bool lock_shared;      /* with others who share it */
	enum raise_mode raise;
	const char *window_class; /* of windows that are its, too; NULL */
	int stop_signal; /* 0: TERM */
	int kill_ms;     /* after that KILL; -1: never */
	enum ends ends;  /* whom both are for; the least that they are */
};

/* More than a dozen members: one for each field of the file. */
struct info {
	struct fields all;
	bool odd;            /* some number was out of its range: none */
	bool held;           /* it was there already: no launch of ours */
	bool moved;          /* its folder has the name of the new key */
	const char *app;
	const char *scope;
	const char *cwd;
	struct owner owner;
	struct owner guard;  /* a parent that holds the slot when the owner has
	                      * ended, as long as it lives; pid 0: none */
	struct terms terms;
	int index;
	pid_t keeper;        /* 0: not there yet */
	int listeners;       /* connected, as a revived keeper wants to know;
	                      * at first: a script that holds may listen */
	pid_t session;       /* of the launch */
	pid_t first;         /* the first owner's pid */
	long long since;     /* wall clock, ms */
	long long activations;
	long long used;      /* the last activation, or since; wall clock, ms */
};

/* Whether its folder has had this name before. */
bool info_was(const struct info *i, const char *name);

/* Take the fields apart; i points into them.  -1: malformed, i is zero. */
int info_parse(const char *at, size_t len, struct info *i);

/* It was found in the folder of the slot with this hash. */
void info_named(struct info *i, const char *hash);

/* The parts of the key: begin with NULL, ends with NULL. */
const char *info_key(const struct info *i, const char *part);

/* Write b as the info of a slot folder: fresh makes the file, otherwise it
 * is replaced in one step.  0 or -1. */
int info_write(int folder, const struct buf *b, bool fresh);

/* Read the info of a slot folder into b and i.  0; -1: none (ENOENT),
 * half-written or malformed (EBADMSG), or not to be trusted (EPERM). */
int info_read(int folder, struct buf *b, struct info *i);

/* The command line of the instance, as one would type it (text_typed). */
struct text;
void info_command(const struct info *i, struct text *t);

#endif
