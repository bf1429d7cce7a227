/*
 * launch.h: one run of onlyone, from the options to exec or to the answer.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include <limits.h>
#include <signal.h>
#include <stdbool.h>

#include "cli/fault.h"
#include "cli/slot/claim.h"
#include "cli/launch/identity.h"
#include "cli/launch/options.h"
#include "cli/slot/root.h"
#include "cli/slot/slot.h"

struct launch {
	const struct options *o;
	int argc; /* of our own command line, for the keeper's title */
	char **argv;
	char **command;      /* what to exec */
	char **args;         /* what is handed over: after COMMAND */
	char *shell[4];      /* sh -c STRING */
	unsigned int closed; /* what plug_closed said */
	sigset_t mask;       /* the caller's, for the program */
	bool met;            /* somebody lives there: running is no way out */
	struct identity id;
	struct root root;
	struct slot slot;
	char scope[256];
	char folder[PATH_MAX]; /* the slot's */
	struct claim claim;
	char record[4096]; /* storage of claim.record */
};

/* Run it.  Returns an exit status, or -1 with a fault; a launch that starts
 * the program does not return. */
int launch_run(struct launch *l, struct fault *f);

/* Plug descriptors 0 to 2 where they are closed, with what exec closes: ours
 * must not become the program's.  Bit i: descriptor i was closed. */
unsigned int plug_closed(void);

/* hand.c: the second launch.  What became of handing over: */
enum hand_result {
	HAND_DONE,   /* *status is the exit status */
	HAND_NOBODY, /* nobody lives there, or a stranger: claim */
	HAND_AGAIN,  /* nothing ran: again after a pause */
	HAND_SLOW,   /* somebody lives there, and does not answer in time */
	HAND_FAILED  /* fault */
};

/* Do what the policy says if the instance runs; at most ms for an answer. */
enum hand_result hand_over(struct launch *l, int ms, int *status,
    struct fault *f);

/* watch.c: wait until the instance that began at `since` has ended, through
 * its heirs, reviving its keeper if need be.  fd: a connection that watches
 * already, or -1; it is closed.  alarm, if not -1: return early when that is
 * readable.  0 ended, 1 alarm, -1 fault. */
int watch_instance(struct root *r, const struct slot *s, long long since,
    int *fd, int alarm, int argc, char *argv[], struct fault *f);

/* Revive: if the owner lives without a keeper, start one. */
enum revived {
	REVIVE_FAILED = -1, /* fault */
	REVIVED,            /* it has a new keeper */
	REVIVE_NOBODY,      /* nobody lives */
	REVIVE_AGAIN        /* somebody else is at it: it has paused */
};
/* Start a keeper for a claim that found an owner alive, and let go of it.
 * 0 or -1. */
int keeper_revive(struct claim *c, int argc, char *argv[], struct fault *f);

enum revived revive(struct root *r, const struct slot *s, int argc, char *argv[],
    struct fault *f);

/* parent.c: a launch that has to stay beside its program. */
/* Whether it has to (pid 1, subreaper), for the keeper must not become the
 * application's child. */
bool parent_needed(void);

/* Fork a child that waits for parent_go before it execs.  Its pid, 0 in the
 * child once it may go, with the caller's signal mask; -1.  In the parent all
 * signals are blocked afterwards, until parent_forget, which is for a child
 * that came to nothing. */
pid_t parent_fork(struct launch *l, int *go);
void parent_go(int *go);
void parent_forget(struct launch *l, int *go);

/* Stay until child and instance have ended; returns the exit status. */
int parent_stay(struct launch *l, pid_t child, long long since);

/* leftover.c: say what an instance of this slot that has ended left running;
 * daemons: those only that have a session of their own. */
void leftover_tell(const struct launch *l, bool daemons);

/* plan.c: --dry-run and --explain. */
int plan_show(struct launch *l, int fd, struct fault *f);

#endif
