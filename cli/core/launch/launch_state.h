/*
 * launch_state.h: what one run of onlyone knows.
 *
 * It consists of parts; each is filled in by one file.
 */
#ifndef LAUNCH_STATE_H
#define LAUNCH_STATE_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "cli/base/fault.h"
#include "cli/core/handover/way.h"
#include "cli/core/key/identity.h"
#include "cli/core/key/key.h"
#include "cli/core/launch/options.h"
#include "cli/core/meet/meet.h"

/* The command: launch_begin sets it as given, run.c for one document. */
struct command {
	char **words;        /* what to exec */
	const char *program; /* its file; NULL: words[0] names it */
	char **args;         /* to be handed over: what follows COMMAND */
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
	bool told; /* a note has said that it cannot be made */
};

/* --lock-file: locked.c. */
struct lock {
	int file;            /* open and locked; -1: not */
	bool packed;         /* file is the parcel that contains it */
	const char *path;    /* canonical; NULL: none */
	int carried;         /* if this process is the instance already:
	                      * ENV_LOCK for its next program; -1: none */
};

/* What the caller gave us, restored for the program: children.c. */
struct born {
	unsigned int closed;   /* bit i: descriptor i was closed */
	sigset_t mask;         /* while we block all signals (signals_block) */
	struct sigaction chld; /* so, too: of SIGCHLD */
	int told; /* --background: where background_tell writes; 0: none */
	long long since; /* in the child: when the instance began */
	int output; /* --output, open; 0: none */
};

/* A running process that is to own the slot: adopt.c, ctl/hold.c. */
struct adopted {
	pid_t pid; /* 0: none, the program is to own it */
	int pidfd;
	char **words; /* its command line; NULL: that of the launch */
};

/* How documents are handed over to the program: handover.c. */
struct handover {
	bool sought, said;
	bool named; /* a word was given, or the program has a row */
	bool own;   /* an option makes this command line an instance */
	bool looked, listed; /* whether a row may name the program */
	bool aside; /* an option makes it no instance: it runs as it is */
};

/* More than a dozen members: all of a launch, in parts.  Small members come
 * first, then large buffers that are used from their start: pages of them that
 * are never touched cost nothing. */
struct launch {
	const struct options *o;
	const char *rule; /* the rule that enforced it; NULL: none */
	const struct defaults *defaults; /* defaults.c; NULL: no rule's */
	unsigned int settings; /* settings_have: which folders there are; 0: not
	                        * looked yet */
	bool explained; /* the plan has been shown */
	bool told;      /* the user knows that the program is not followed */
	bool toggles_off; /* --toggle, and what runs is this command: it is to
	                   * end, and nothing is to be started */
	long long init; /* folder_init_hold, if it is the first process of its
	                 * pid namespace, and stays; 0 */
	const char *stamp; /* --every: its stamp's path; NULL: none */
	bool stamp_told;   /* the user knows what is wrong with it */
	long long overdue; /* --replace only the instance of this start
	                    * (info.since); 0: any */
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
	char lock_path[PATH_MAX]; /* storage of lock.path */
	char stamp_path[PATH_MAX]; /* storage of stamp */
};

#endif
