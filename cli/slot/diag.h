/*
 * diag.h: whose a unix socket is, as the kernel tells it: sock_diag(7).
 *
 * Not /proc/net/unix: a name may have newlines in it, and so be a line of that
 * table which somebody else has written.
 */
#ifndef DIAG_H
#define DIAG_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct diag {
	unsigned int inode;
	uid_t uid; /* whose process made it, whatever that has become since */
};

enum diag_result {
	DIAG_FAILED = -1, /* errno: the kernel does not answer that */
	DIAG_NONE,
	DIAG_FOUND
};

/* Look for the socket that is bound to this name, len bytes, in our network
 * namespace; an abstract one begins with NUL. */
enum diag_result diag_find(const void *name, size_t len, struct diag *d);

/* The same in one datagram of the kernel's answer.  *end: it was the last. */
enum diag_result diag_parse(const void *at, size_t n, const void *name,
    size_t len, struct diag *d, bool *end);

#endif
