/*
 * state.h: what one run of onlyone knows.
 *
 * It lies in parts, and each is filled in one place.
 */
#ifndef LAUNCH_STATE_H
#define LAUNCH_STATE_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <time.h>

#include "cli/fault.h"
#include "cli/key/key.h"
#include "cli/launch/handover_find.h"
#include "cli/launch/identity.h"
#include "cli/launch/options.h"
#include "cli/meet/meet.h"

/* As it was given: launch_begin; of one document: documents.c. */
struct command {
	char **words;        /* what to exec */
	const char *program; /* its file, where the first word does not tell;
	                      * NULL: it does */
	char **args;         /* what is handed over: after COMMAND */
	const char *document; /* the word that is one; NULL: none */
	char *shell[4];      /* sh -c STRING */
};

/* How its key is made, of options and a document's: run_begun; and the key:
 * launch_place. */
struct keying {
	struct key_step steps[KEY_STEPS];
	size_t nsteps;
	struct key made;
	bool told; /* that it cannot be made */
};

/* --lock-file: locked.c. */
struct lock {
	int file;            /* that, locked; -1: not */
	bool packed;         /* file is a parcel in which it lies */
	const char *path;    /* canonical; NULL: none */
};

/* What the caller gave it, and the program gets again: born.c. */
struct born {
	unsigned int closed;   /* bit i: descriptor i was */
	bool blocked;          /* all signals are, and mask is the caller's */
	sigset_t mask;
	struct sigaction chld; /* SIGCHLD */
};

/* A process that is there already and is to own the slot: held.c. */
struct held {
	pid_t pid; /* 0: the program does */
	int pidfd;
	char **words; /* its command line; NULL: that of the launch */
};

/* When the program has to end, if nobody else sees to it: leased_parent.c. */
struct lease_watch {
	struct talk_page *page; /* NULL: there is none yet */
	timer_t timer;
	bool timed;      /* there is one */
	long long acted; /* the last time at which it was */
};

/* What has become of the key, as the user was told: from bad to worse. */
enum lease_state { LEASE_HELD, LEASE_WARNED, LEASE_STOPPED, LEASE_LOST };

/* --scope=cluster: leased.c. */
struct lease_talk {
	int fd;        /* to onlyone-cluster; -1: there is none */
	struct buf in; /* what came from it, and how much of that was taken */
	size_t taken;
	struct lease_watch watch;
	long long token; /* 0: the key is not ours */
	long long silent; /* since when the store is: clock_now; 0 */
	pid_t owner;     /* the program, once it is guarded */
	bool only;       /* for which alone the launch stays */
	bool ended;      /* that has, and is reaped */
	enum lease_state state;
	bool released;
	char stored[1024]; /* the key as the store has it */
};

/* More than a dozen members: all of a launch, in parts.  What is small comes
 * first, then what begins with what is: paths are short, and a page that nobody
 * touches costs nothing. */
struct launch {
	const struct options *o;
	const char *rule; /* by which it was enforced; NULL: it was not */
	bool explained; /* the plan has been shown */
	bool told;      /* that the program is not followed */
	struct command command;
	struct born born;
	struct held held;
	struct keying key;
	struct lock lock;
	struct lease_talk lease;
	struct handover handover;
	struct meeting meeting;
	struct place place;
	struct identity id;
	char lock_path[PATH_MAX]; /* storage of lock.path */
};

#endif
