/*
 * sweep.h: everything that an instance is, and has started, gets a signal.
 *
 * Where its lease on a cluster is lost another host may start it at once: what
 * is left here then does harm, whatever it thinks of its parent.  So this takes
 * more than a job (job.h): who carries the mark, who maps the image, all that
 * descend from them, the sessions that any of them leads, and what has fallen
 * to the launch, if that is a subreaper.  Not handlers: the keeper starts them.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <sys/types.h>

#include "cli/buf.h"

struct sweep {
	const char *folder; /* of the slot */
	int pidfd;          /* of the program, first of all; -1 */
	pid_t owner;        /* its pid; 0 */
	pid_t launch;       /* its parent, which is none of them; 0 */
	long long since;    /* of the instance, wall clock in ms; 0: not known.
	                     * What another one in this slot has begun is let
	                     * be */
	long long before;   /* clock_boot: it was over by then; 0: it is not */
	unsigned long long began; /* the program, in ticks; 0: not seen yet */
	struct buf known;   /* all that have ever been members */
};

/* Send sig to all of them, once each (KILL: each time).  How many live, but for
 * those of another user; -1: they cannot be told (errno), the program itself
 * has had it all the same. */
int sweep_signal(struct sweep *s, int sig);

/* KILL until nobody is left, or that time (clock_boot) has come.  As above. */
int sweep_kill(struct sweep *s, long long until);

#endif
