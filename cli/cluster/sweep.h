/*
 * sweep.h: send a signal to all that an instance is, and has started.
 *
 * When a lease on a cluster is lost another host may start the instance at
 * once: whatever is left here then does harm, detached or not.  So this takes
 * processes with the environment mark, all their descendants, the sessions that
 * any of them leads, and children of the parent (run.c), which is a subreaper.
 * Not handlers: the keeper starts them.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"

struct sweep {
	const char *folder; /* ONLYONE_SLOT */
	int pidfd;          /* of the program; -1 */
	pid_t owner;        /* its pid; 0 */
	pid_t parent;       /* its parent, which is not swept; 0 */
	long long since;    /* ONLYONE_RUN: a later instance in this slot is
	                     * spared; 0: not known */
	long long before;   /* clock_boot: a process that began later counts
	                     * only as a descendant; 0: no limit */
	unsigned long long began; /* start of the program, ticks; 0: unknown */
	struct buf known;   /* all members ever found */
	int had;            /* last signal that the program has had; 0 */
	bool fenced;        /* what is stopped stays so: no CONT after TERM */
	struct {
		pid_t pid;  /* 0: none runs */
		pid_t of;   /* process that started it */
		int fd;     /* what it reports */
		int next;   /* signal of the scout that is to follow; 0 */
		int left;   /* what the last one found: members that live, -1 */
		long long took; /* ms that its look took */
		long long born, done; /* clock_boot when the last one began;
		                       * when the last that came to an end
		                       * did */
	} scout;
};

/* Send sig to the program, and to the members that we know, at once, without a
 * look at all processes.  TERM: what the program has started is noted first, by
 * the kernel's lists of children. */
void sweep_now(struct sweep *s, int sig);

/* Send sig to one of them, with CONT, since a stopped process would not take it,
 * unless what is stopped stays so.  0 or -1. */
int sweep_end(const struct sweep *s, int pidfd, int sig);

/* Let a child look for members, so that sweep_now knows them, and send them sig
 * (0: none).  If one looks already, the next begins when that has ended. */
void sweep_scout(struct sweep *s, int sig);

/* While a deadline comes near: let it look again, if the last look is old.
 * When to call this again (clock_boot). */
long long sweep_fresh(struct sweep *s);

/* Free what is known, and end the scout. */
void sweep_forget(struct sweep *s);

/* Poll this for input (-1: no scout), and then take what it says.  true: it has
 * come to an end. */
int sweep_scout_fd(const struct sweep *s);
bool sweep_heard(struct sweep *s);

/* Send sig to all of them, once each (KILL: each time): first as sweep_now,
 * then after a look.  Returns how many live, without those of another user; -1:
 * errno, not known (the program has had it all the same). */
int sweep_signal(struct sweep *s, int sig);

/* KILL until none is left, or until this time (clock_boot).  As above. */
int sweep_kill(struct sweep *s, long long until);

#endif
