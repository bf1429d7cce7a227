/*
 * http.h: one POST at a time, by a deadline, and one answer that streams.
 *
 * Nothing in the environment and nothing that a server says sends us elsewhere:
 * no proxies, no redirects, no other protocols.
 */
#ifndef HTTP_H
#define HTTP_H

#include <stdbool.h>

#include "cli/buf.h"
#include "cli/fault.h"

/* Where to, and as whom. */
struct http_peer {
	const char *base;    /* "https://host:2379" */
	const char *resolve; /* "host:2379:address,address": who is asked */
	const char *ca, *cert, *key; /* files; NULL: the system's, none */
};

struct http; /* connections, which are used again */

/* NULL: ENOMEM. */
struct http *http_open(void);
void http_close(struct http *h);

/* Post a body (JSON; NULL: get).  auth: of the header of that name, or NULL.
 * The answer's body is appended to b with a NUL behind it.  Its status; 0: no
 * answer by the deadline (ms of clock_boot), why is in f. */
long http_post(struct http *h, const struct http_peer *peer, const char *path,
    const char *body, const char *auth, long long deadline, struct buf *b,
    struct fault *f);

/* The same for an answer without an end, beside which others are posted; one
 * at a time.  fd: the socket to poll for input; -1: not connected yet. */
bool http_stream(struct http *h, const struct http_peer *peer,
    const char *path, const char *body, const char *auth);
int http_stream_fd(struct http *h);

/* Take what has come, without waiting: it is appended to b.  Wait for it by
 * http_stream_wait, at most until the deadline.  false: it has ended. */
bool http_stream_take(struct http *h, struct buf *b);
void http_stream_wait(struct http *h, long long deadline);
void http_stream_end(struct http *h);

#endif
