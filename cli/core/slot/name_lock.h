/*
 * name_lock.h: the half of the claim that rm -rf cannot remove.
 *
 * A name in the abstract socket namespace says that the slot is in use.  The
 * socket is bound but never listens: a sandbox that shares the network
 * namespace must not reach a handler through it.
 */
#ifndef NAME_LOCK_H
#define NAME_LOCK_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct root;
struct slot;

struct diag {
	unsigned int inode;
	uid_t uid; /* of the process that made it, as it was then */
};

enum diag_result {
	DIAG_FAILED, /* the kernel did not answer */
	DIAG_NONE,
	DIAG_FOUND
};

/* Bind the name lock of slot hash in root.  A descriptor; -1: errno, EADDRINUSE
 * if another process has it. */
int name_lock_bind(const struct root *r, const char *hash);

enum name_lock {
	NAME_LOCK_NOBODY,  /* free again */
	NAME_LOCK_OURS,    /* ours, and sees our files: pidfd is open */
	NAME_LOCK_ELSEWHERE, /* a keeper of our user, which sees other files:
	                      * pidfd is open, unless pid is 0 */
	NAME_LOCK_HIDDEN,  /* perhaps ours, but cannot be read */
	NAME_LOCK_STRANGER /* another user's, or not a keeper's */
};

#define NAME_LOCK_UNTOLD ((uid_t)-1)

struct name_lock_holder {
	uid_t uid; /* user that made the socket, or UNTOLD */
	pid_t pid; /* the process that has it; 0: not visible */
	int pidfd; /* open with OURS and ELSEWHERE, else -1 */
};

/* Find the process that has the name lock (sock_diag(7), /proc/PID/fd).  lock: the
 * slot's pidfile, if we have locked it; -1. */
enum name_lock name_lock_find(const struct root *r, const struct slot *slot,
    int lock, struct name_lock_holder *h);

/* The holder in words: "user 1001, pid 12, /usr/bin/su".  buf has
 * NAME_LOCK_TEXT bytes. */
enum { NAME_LOCK_TEXT = 512 };
const char *name_lock_text(const struct name_lock_holder *h, char *buf);

/* Find the socket of this name in one datagram of the kernel's answer.  *end:
 * it was the last. */
enum diag_result diag_parse(const void *at, size_t n, const void *name,
    size_t len, struct diag *d, bool *end);

/* Whether the process calls itself a keeper (tenure_title).  As look_open. */
bool name_lock_keeper(pid_t pid);

#endif
