/*
 * conn.h: a connection to a server: TCP, or TLS.
 */
#ifndef CONN_H
#define CONN_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/cluster/resolve.h"

/* The server, and our credentials. */
struct conn_peer {
	const char *host, *port; /* as in the URL */
	char address[RESOLVE_MOST][RESOLVE_TEXT]; /* of the host */
	int addresses;           /* 0: not known yet */
	bool stale;              /* none of them worked: resolve it again */
	bool tls;
	const char *ca, *cert, *key; /* PEM files; NULL: the system's CAs, no
	                              * certificate, the one that has cert */
};

struct conn;

/* Resolve its name, if need be; if that fails, the old addresses stay.  false: f,
 * "WHAT at HOST: ...". */
bool conn_resolve(struct conn_peer *peer, const char *what,
    long long deadline, struct fault *f);

/* Load what TLS needs.  false: f. */
bool conn_load(struct fault *f);

/* Connect by the deadline (ms of clock_boot).  NULL: f. */
struct conn *conn_open(const struct conn_peer *peer, long long deadline,
    struct fault *f);
void conn_close(struct conn *c);

/* Write all n bytes, which may be none: TLS may have something of its own to say.
 * false: f. */
bool conn_write(struct conn *c, const void *p, size_t n, long long deadline,
    struct fault *f);

/* Read up to n bytes, without waiting.  0: there is nothing now; -1: f, and no
 * more comes. */
ssize_t conn_read(struct conn *c, void *p, size_t n, struct fault *f);

/* The socket, to poll for input: when read has returned 0. */
int conn_fd(const struct conn *c);

#endif
