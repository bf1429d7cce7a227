/*
 * sweep.h: send a signal to all that an instance is, and has started.
 *
 * When a lease is lost, another host may start the instance at once: anything
 * left here does harm, detached or not.  --take is a subreaper: all that
 * COMMAND starts stays below it, and the kernel lists that without waiting for
 * any process.  Where --take has exited, members are found below COMMAND and
 * below what was found earlier, and by the environment mark.  Not handlers: the
 * keeper starts them.
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
	int take_fd;        /* its pidfd; -1: it has exited */
	pid_t owner;        /* the program */
	int pidfd;          /* of the program; -1 */
	pid_t spared[SWEEP_SPARED]; /* children that --take had before */
	size_t nspared;
	struct buf known;   /* members found so far, that live */
	bool unseen;        /* the last look may have missed one */
	bool fenced;        /* what is stopped stays stopped: no CONT after
	                     * TERM */
};

/* Send sig to all members that can be found without looking at all processes.
 * How many live, or may live, without those of another user. */
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
