/*
 * info.h: the record in a slot's folder, for `list` and for a revived keeper.
 *
 * Fields (fields.h).  Those up to `listeners` have a fixed width, so that the
 * keeper updates them in place.  The last one is end=1: without it the file is
 * still being written.  The record never holds an environment.
 *
 *	activations used handler handler-start handler-pidfs keeper listeners
 *	pid start pidfs pidns boot since first guess alone passed terminal init
 *	next without-output without-lock
 *		(of this owner)
 *	app key... mapping... scope index session holder parent cwd
 *		(of the slot)
 *	(the terms: info.c, TERMS) arg... end
 */
#ifndef INFO_H
#define INFO_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"
#include "cli/base/fields.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"

enum {
	INFO_LIMIT = 8 << 20,
	INFO_ARGS_SHOWN = 4096 /* bytes of arguments kept */
};

#define INFO_MAPPING "mapping"

enum raise_mode { RAISE_AUTO, RAISE_NEVER };
extern const char *const raise_names[], *const lifetime_names[]; /* end with
                                                                  * NULL */

/* A digest that tells an instance's command from others of its application
 * (command_digest): the field, and its length. */
#define FIELD_DIGEST "digest"
enum { DIGEST_HALF = 16, DIGEST_HEX = 2 * DIGEST_HALF };

/* Why an instance that is `alone` takes no documents. */
#define WORDS_ALONE "its second start opened a window of its own, and was" \
	" stopped"

/* This process is the instance, and asks what would end only with it. */
#define WORDS_ITSELF ": asked by the instance itself, which would "
#define WORDS_ITSELF_HINT "use -a with another name for a job of its own"

/* More handlers than this live at a time only if their programs all stay. */
enum { NEXTS = 3 };

/* Files that a rule names, and that may be left out; the length of a log text
 * about one. */
enum without { WITHOUT_OUTPUT, WITHOUT_LOCK, WITHOUTS };
enum { WITHOUT_TEXT = 140 };

enum guess {
	GUESS_NONE,
	GUESS_DAEMON, /* a copy, which is the daemon by its time alone, and may
	               * be a helper */
	GUESS_PID     /* a process that cannot be read, found by exclusion
	               * (successor_guess): the owner only while the mapping is
	               * locked */
};

enum ends { ENDS_MAIN, ENDS_JOB, ENDS_TREE }; /* job.h */
enum lifetime { LIFETIME_AUTO, LIFETIME_DAEMON, LIFETIME_MAIN, LIFETIME_TREE };

/* The terms that the first launch sets for the instance.  More than a dozen
 * members: one for each such option. */
struct terms {
	const char *on_activate; /* the handler; NULL: none, or not asked for */
	bool off;                /* none is wanted: --on-activate=none */
	const char *lack;        /* why there is none although it was asked
	                          * for */
	bool unrecorded;         /* the record was removed while there was no
	                          * keeper: the options are not known */
	const char *values, *options, *waits; /* of the handler's row
	                          * (handover/row.h); NULL: none */
	int signal;              /* 0: none */
	bool self; /* on_activate executes the program itself, which may stay */
	enum lifetime lifetime;
	bool resettable;
	const char *rule;      /* the rule that enforced the launch; NULL */
	const char *lock_file; /* absolute once recorded; NULL: none */
	bool lock_shared;      /* locked for sharing (FILE:shared) */
	const char *stamp;     /* absolute; the file of --every; NULL: none */
	const char *digest;    /* FIELD_DIGEST; NULL: not known */
	enum raise_mode raise;
	const char *window_class; /* other windows that belong to it; NULL */
	int stop_signal; /* 0: TERM */
	int kill_ms;     /* ms from the stop signal to KILL; -1: never */
	enum ends ends;  /* the minimum for the stop signal and KILL */
};

/* More than a dozen members: one for each field of the file. */
struct info {
	struct fields all;
	bool odd;            /* a field was out of range, and ignored */
	bool holder;         /* the owner is a shell or script, which holds a
	                      * name by onlyonectl hold */
	const char *app;
	const char *scope;
	const char *cwd;
	struct owner owner;
	struct owner parent;  /* holds the slot after the owner has exited,
	                       * while it lives; pid 0: none */
	struct owner next[NEXTS]; /* programs that handlers have started: the
	                      * first living one becomes the owner after this
	                      * one; pid 0: no more */
	struct owner handler; /* the last one that others had to wait for; it may
	                      * run, also for another keeper; pid 0: none */
	struct terms terms;
	int index;
	pid_t keeper;        /* 0: not started yet */
	int listeners;       /* how many are connected, for a revived keeper;
	                      * still 1 while the last one may come back; 1 at
	                      * the start if a script that holds the slot may
	                      * listen */
	pid_t session;       /* of the launch */
	pid_t first;         /* the first owner's pid */
	enum guess guess;    /* whether another process could be the owner */
	bool alone;          /* a second start has opened its own window: do not
	                      * try again */
	const char *without[WITHOUTS]; /* a file of the rule that could not be
	                      * used, and why; NULL: no such file */
	long long passed_at; /* when another process became the owner, wall
	                      * clock, ms; 0: never */
	int terminal;        /* controlling terminal as a device number; 0 */
	long long init;      /* the launch is the first process of the owner's
	                      * pid namespace: folder_init_hold; 0 */
	long long since;     /* wall clock, ms */
	long long activations;
	long long used;      /* last activation, else since; wall clock, ms */
};

/* Remove process pid from the programs that handlers have started.  Whether it
 * was in there. */
bool info_next_remove(struct info *i, pid_t pid);

/* Parse the fields; i points into them.  -1: malformed, i is zero. */
int info_parse(const char *at, size_t len, struct info *i);

/* The next part of the key: part is NULL at first; NULL: no more. */
const char *info_key(const struct info *i, const char *part);

/* Write b as the record of a slot folder.  fresh: make the file; otherwise
 * replace it in one step.  0 or -1. */
int info_write(int folder, const struct buf *b, bool fresh);

/* Read the record of a slot folder into b and i.  0; -1: missing (ENOENT),
 * incomplete or malformed (EBADMSG), not ours (EPERM), or another process has a
 * lease on it (EWOULDBLOCK). */
int info_read(int folder, struct buf *b, struct info *i);

/* The typed command, after its wrappers (nice); with a name: the one among all
 * these with that name, by its path or its last component.  NULL: none, or not
 * known. */
const char *info_typed(const struct info *i, const char *name);

/* The command line of the instance, as one would type it (text_typed). */
struct text;
void info_command(const struct info *i, struct text *t);

/* Make a record in b; args is the command line, cut when long.  -1: ENOMEM. */
int info_make(struct buf *b, const struct slot *s, const struct info *i,
    char *const args[]);

/* Put that command line in b, as a record has it. */
void info_words_put(struct buf *b, char *const args[]);

/* The same record with another owner, keeper and count, and these n earlier
 * mappings of the owner, which were removed. */
int info_remake(struct buf *b, const struct info *i,
    const char *const mapping[], size_t n);

/* Update fixed-width fields in place: of i, those that change with each
 * activation (activations, used, handler). */
int info_count(int folder, const struct info *i);

int info_keeper(int folder, pid_t keeper);

void info_listeners(int folder, int listeners);

/*
 * Room for the next record and mapping of a slot.  On a full file system we
 * cannot create files.  So we create these, in their final size, before we end
 * an instance for the next one: writing into them and renaming them needs no
 * more room.
 */
#define ROOM_INFO FILE_INFO ".new"
#define ROOM_MAPPING FILE_MAPPING ".new"

/* Reserve room for a record of n bytes, and for a mapping, unless done.  0; -1:
 * errno. */
int room_make(int folder, size_t n);

/* Open one of them, to write, truncate and rename it: the file with the room,
 * or else a new one.  A descriptor, or -1. */
int room_open(int folder, const char *name);

#endif
