/*
 * sweep.h: send a signal to all that an instance is, and has started.
 *
 * When a lease on a cluster is lost another host may start the instance at
 * once: whatever is left here then does harm, detached or not.  So this takes
 * more than a job (job.h): processes with the environment mark, those that map
 * the slot's file, all their descendants, the sessions that any of them leads,
 * and children of the launch, if that is a subreaper.  Not handlers: the keeper
 * starts them.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <sys/types.h>

#include "cli/base/buf.h"

struct sweep {
	const char *folder; /* of the slot */
	int pidfd;          /* of the program; -1 */
	pid_t owner;        /* its pid; 0 */
	pid_t launch;       /* its parent, which is not swept; 0 */
	long long since;    /* start of the instance, wall clock in ms: a later
	                     * instance in this slot is spared; 0: not known */
	long long before;   /* clock_boot: a process that began later counts
	                     * only as a descendant; 0: no limit */
	unsigned long long began; /* start of the program, ticks; 0: unknown */
	struct buf known;   /* all members ever found */
};

/* Send sig to all of them, once each (KILL: each time).  Returns how many live,
 * without those of another user; -1: errno, not known (KILL: the program has
 * had it all the same). */
int sweep_signal(struct sweep *s, int sig);

/* KILL until none is left, or until this time (clock_boot).  As above. */
int sweep_kill(struct sweep *s, long long until);

#endif
