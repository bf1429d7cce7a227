/*
 * record_text.h: the name of a key in a store, u/USER/APP[/PART...], and the
 * value of its record: which process of which host holds the key, or was the
 * last to.  Other hosts claim that: show it, but do not rely on it.
 */
#ifndef RECORD_TEXT_H
#define RECORD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/text.h"
#include "cli/cluster/engine.h"

/* The name of this user's application and key.  Different keys have different
 * names: parts stay separate, and a name that is too long is cut and ends with
 * a hash. */
void name_key(char name[ENGINE_KEY], const char *user, const char *app,
    const char *const *key, size_t nkey);

/* The prefix of all names of this user: "u/ann/"; NULL: of every user. */
void name_prefix(char name[ENGINE_KEY], const char *user);

/* The parts of a name, by number; what follows NAME_KEY is its other parts. */
enum { NAME_USER = 1, NAME_APP, NAME_KEY };

/* Decode the part of a name that *at points to, and move on to the next.  One that
 * is cut ends in "...".  part, or NULL after the last. */
enum { NAME_PART = ENGINE_KEY + 3 };
const char *name_part(const char **at, char part[NAME_PART]);

/* Append these parts of a name as typed in a shell, with blanks between. */
void name_shown(struct text *t, const char *name, int first, int last);

enum { RECORD_WHEN = 32, RECORD_LINE = 19 };

/* More than a dozen members: one for each field. */
struct record {
	char host[256];
	char boot[37];
	char user[64];
	char name[64];  /* of the command, without its arguments */
	char nonce[33];
	char place[17];  /* hash of the slot on that host */
	char line[RECORD_LINE]; /* of the command line (record_line) */
	int pid;
	long long since; /* ms since the epoch, by that host's clock */
	bool done;       /* the instance has ended: */
	long long ended;
	int exit;        /* exit status, 128 + signal; -1: unknown */
};

/* Fill in this host, user and process; name and place stay empty.  false: f, the
 * user's name cannot be looked up. */
bool record_ours(struct record *r, struct fault *f);

/* record_name: fill in the command's name, since its arguments may be secrets;
 * record_place: the slot's hash. */
void record_name(struct record *r, const char *command);
void record_place(struct record *r, const char *folder);

/* What tells a command line from another one of its key: hashes of its words, and of
 * the working directory, and whether that matters to it. */
void record_line(char line[RECORD_LINE], char *const command[]);

/* Whether two of them are different jobs; false also if one is not known (""). */
bool record_differs(const char *one, const char *other);

/* Write it as JSON.  false: ENOMEM, or too long. */
bool record_make(const struct record *r, char value[ENGINE_VALUE]);

/* A host's time (ms since the epoch) in our time zone, in buf (RECORD_WHEN bytes);
 * brief: without the date if less than half a day from now. */
const char *record_when(long long ms, bool brief, char *buf);

/* The wish that its holder ends the job, "stop,NONCE", which leave.c reads; with
 * KILL kill_ms later, -1: without.  The nonce is of who wishes. */
enum { WISH = 64 };
void wish_make(char text[WISH], const char *nonce, int kill_ms);

/* Parse a value; a member that is missing or odd is empty, 0, or -1 (exit). */
void record_parse(const char *value, struct record *r);

#endif
