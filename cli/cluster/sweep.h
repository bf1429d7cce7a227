/*
 * sweep.h: send a signal to all that an instance is, and has started.
 *
 * When a lease on a cluster is lost another host may start the instance at
 * once: whatever is left here then does harm, detached or not.  --take is a
 * subreaper: all that COMMAND starts stays below it, and the kernel lists that
 * without a wait for any process.  Where --take has ended, members are found
 * below COMMAND and below what was found earlier, and by the environment mark.
 * Not handlers: the keeper starts them.
 */
#ifndef SWEEP_H
#define SWEEP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

enum { SWEEP_SPARED = 64 };

struct sweep {
	const char *folder; /* ONLYONE_SLOT */
	long long since;    /* ONLYONE_RUN: a later instance in this slot is
	                     * spared; 0: not known */
	pid_t take;         /* --take, which is not swept */
	int take_fd;        /* its pidfd; -1: it has ended */
	pid_t owner;        /* the program */
	int pidfd;          /* of the program; -1 */
	pid_t spared[SWEEP_SPARED]; /* children that --take had before */
	size_t nspared;
	struct buf known;   /* members found so far, that live */
	bool fenced;        /* what is stopped stays so: no CONT after TERM */
};

/* Send sig to all members that are found without a look at all processes.  How
 * many live, without those of another user. */
int sweep_now(struct sweep *s, int sig);

/* The same, and then to what has to be found by its mark. */
int sweep_signal(struct sweep *s, int sig);

/* Look for all members, and send sig (0: none) to those that have not had it
 * last.  As above. */
int sweep_more(struct sweep *s, int sig);

/* KILL until none is left, or until this time (clock_boot). */
void sweep_kill(struct sweep *s, long long until);

/* Process pid is a member, too. */
void sweep_add(struct sweep *s, pid_t pid);

#endif
