/*
 * witness.h: the half of the claim that rm -rf cannot sweep.
 *
 * A name in the abstract socket namespace says "somebody lives here".  It is
 * bound and never listened on: a sandbox that shares the network namespace
 * must not reach a handler through it.
 */
#ifndef WITNESS_H
#define WITNESS_H

#include <sys/types.h>

struct root;

/* Bind the witness of slot hash in root.  A descriptor; -1: errno, EADDRINUSE
 * if somebody has it. */
int witness_bind(const struct root *r, const char *hash);

enum witness_holder {
	WITNESS_NOBODY,  /* free again */
	WITNESS_OURS,    /* a process of ours, of our root: *pid */
	WITNESS_HIDDEN,  /* perhaps one of ours that cannot be looked into */
	WITNESS_STRANGER /* another user's, or of another world */
};

/* Who holds it (Linux /proc/net/unix, /proc/PID/fd). */
enum witness_holder witness_find(const struct root *r, const char *hash,
    pid_t *pid);

#endif
