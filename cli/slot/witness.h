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

enum witness {
	WITNESS_NOBODY,  /* free again */
	WITNESS_OURS,    /* a process of ours, of our root: pidfd is open */
	WITNESS_HIDDEN,  /* perhaps one of ours that cannot be looked into */
	WITNESS_STRANGER /* another user's, or of another world */
};

struct witness_holder {
	uid_t uid; /* whose the socket is */
	pid_t pid; /* who has it; 0: that is not to be seen */
	int pidfd; /* of one that is OURS, else -1 */
};

/* Who holds it (sock_diag(7), /proc/PID/fd). */
enum witness witness_find(const struct root *r, const char *hash,
    struct witness_holder *h);

/* Who that is, for people: "user 1001, pid 12, /usr/bin/su".  buf has
 * WITNESS_TEXT bytes. */
enum { WITNESS_TEXT = 512 };
const char *witness_text(const struct witness_holder *h, char *buf);

#endif
