/*
 * parts.h: what one run of onlyone knows.
 */
#ifndef LAUNCH_PARTS_H
#define LAUNCH_PARTS_H

#include <sys/types.h>

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/core/handover/way.h"
#include "cli/core/key/identity.h"
#include "cli/core/key/key.h"
#include "cli/core/launch/options.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/folder.h"

/* The launch consists of parts; each is filled in by one file. */

/* The command: launch_begin sets it as given, run.c for one document. */
struct command {
	char **words;        /* what to exec */
	const char *program; /* its file; NULL: words[0] names it */
	char **args;         /* to hand over: the words after COMMAND */
	const char *document; /* the document in words; NULL: none */
	char *shell[4];      /* sh -c STRING */
};

/* The steps that make the key, from options and a document (run_begun), and the
 * key made (launch_place). */
struct keying {
	struct key_step steps[KEY_STEPS];
	size_t nsteps;
	struct valued valued; /* those of --value-options and the row */
	struct key made;
	bool fault_said; /* a note has said that this failed */
};

/* --lock-file: locked.c. */
struct lock {
	int file;            /* open and locked; -1: not */
	bool packed;         /* file is the parcel that contains it */
	const char *path;    /* canonical; NULL: none */
	int carried;         /* if this process is already the instance:
	                      * ENV_LOCK for its next program; -1: none */
};

/* State from the caller, restored for the program: children.c. */
struct born {
	unsigned int closed;   /* bit i: descriptor i was closed */
	sigset_t mask;         /* to restore after signals_block */
	struct sigaction chld; /* likewise, of SIGCHLD */
	int tell_fd; /* --background: where background_tell writes; 0: none */
	bool apart; /* it has left the group of its caller */
	bool unstarted; /* we could not tell the child to become the program */
	long long since; /* in the child: the instance's start, */
	int index;       /* and its place */
	int output; /* --output, open; 0: none */
};

/* A running process that is to own the slot: adopt.c, ctl/hold.c. */
struct adopted {
	pid_t pid; /* 0: none, the program is to own it */
	int pidfd;
	char **words; /* its command line, empty if it cannot be read; NULL:
	               * the launch's, which has no command of its own
	               * (ctl/hold.c) */
	bool holds; /* a name, for onlyonectl hold; with --self it runs it */
};

/* How documents are handed over to the program: handover.c. */
struct handover {
	bool sought, said;
	bool named; /* a word was given, or there is a row */
	bool own_instance; /* an option makes this command line an instance */
	bool looked, listed; /* whether a row may name the program */
	bool aside; /* an option makes it run as it is, no instance */
};

/* More than a dozen members: the whole launch, in parts.  Small members come
 * first, then large buffers that are used from their start: untouched pages
 * cost nothing. */
struct launch {
	const struct options *o;
	const char *rule; /* the rule that enforced it; NULL: none */
	const struct defaults *defaults; /* defaults.c; NULL: no rule's */
	unsigned int settings; /* settings_have: which folders exist; 0: not
	                        * checked yet */
	bool explained; /* the plan has been shown */
	bool off;       /* the user has switched us off (ENV_DISABLE) */
	bool inside;    /* this process is the instance that it asks for */
	bool unfollowed_said; /* the user knows that the program is not
	                       * followed */
	bool toggles_off; /* --toggle, and this command is running: end it, and
	                   * start nothing */
	long long init; /* folder_init_hold, if it stays, as the first process
	                 * of its pid namespace; else 0 */
	const char *stamp; /* --every: its stamp's path; NULL: none */
	bool stamp_told;   /* the user knows about its problem */
	long long replaced; /* the start (info.since) of the only instance that
	                     * may be ended; 0: any may */
	struct command command;
	struct born born;
	struct adopted adopted;
	struct handover handover;
	struct keying key;
	struct lock lock;
	struct meeting meeting;
	struct place place;
	struct identity id;
	struct way way; /* of handover */
	struct row_found row; /* the program's, if way has another */
	char digest[DIGEST_HEX + 1]; /* record_digest */
	char without[WITHOUTS][WITHOUT_TEXT]; /* without_file; "": none */
	char lock_path[PATH_MAX]; /* storage of lock.path */
	char stamp_path[PATH_MAX]; /* storage of stamp */
};

#endif
