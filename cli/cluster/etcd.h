/*
 * etcd.h: the engine `etcd`: its parts.
 *
 * It uses the JSON gateway (/v3/) of etcd 3.4 or newer.  Keys below PREFIX/v1/:
 * l/KEY is the record, q/KEY//LEASE a place in the line for it, w/KEY//TOKEN a
 * wish for its holder, d/KEY//TOKEN how that run ended.  No part of a KEY is
 * empty, so that "//" ends it.
 */
#ifndef ETCD_H
#define ETCD_H

#include <jansson.h>
#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/resolve.h"
#include "cli/cluster/url.h"

/*
 * HTTP: one POST at a time, each with a deadline, and one answer that streams.
 *
 * Neither the environment nor a server's answer sends us elsewhere: no proxies,
 * no redirects, no other protocols.
 */

/* The server to ask, and our credentials. */
struct http_peer {
	char base[320];    /* "https://host:2379" */
	char resolve[512]; /* "host:2379:address,address": where to connect;
	                    * empty: not known yet, or base has an address */
	const char *ca, *cert, *key; /* files; NULL: system's CAs, no
	                              * certificate */
};

struct http; /* keeps connections for later requests */

/* NULL: errno, ENOSYS if libcurl is not installed. */
struct http *http_open(void);
void http_close(struct http *h);

/* POST a body (JSON).  auth: value of the Authorization header, or
 * NULL.  The answer's body and a NUL are appended to b.  Returns the HTTP
 * status; 0: no answer by the deadline (ms of clock_boot), f says why. */
long http_post(struct http *h, const struct http_peer *peer, const char *path,
    const char *body, const char *auth, long long deadline, struct buf *b,
    struct fault *f);

/* A POST whose answer does not end; http_post works beside it.  One stream at a
 * time.  fd: the socket to poll for input; -1: not connected yet. */
bool http_stream(struct http *h, const struct http_peer *peer,
    const char *path, const char *body, const char *auth, struct buf *b);
int http_stream_fd(struct http *h);

/* take: append what has arrived to its buffer, without waiting; false: the stream
 * has ended.  wait: wait for more, at most until the deadline. */
bool http_stream_take(struct http *h);
void http_stream_wait(struct http *h, long long deadline);
void http_stream_end(struct http *h);

enum { ETCD_NAME = 1024, ETCD_TOKEN = 4096, ETCD_ID = 32,
	ETCD_TTL_MOST = 1000000000 /* s: no lease is longer */ };

struct etcd_member {
	struct http_peer peer;
	const char *host, *port;
};

/* More than a dozen members: one handle of the engine. */
struct engine {
	struct url url;
	struct etcd_member member[URL_HOSTS];
	int members;
	int at;               /* member to ask first: the last that answered */
	struct http *http;
	const char *user;     /* NULL: none */
	char auth[ETCD_TOKEN]; /* token for the password; empty: none yet */
	char key[ETCD_NAME];  /* PREFIX/v1/l/KEY */
	size_t prefix;        /* length of PREFIX/v1/ in key */
	char lease[ETCD_ID];  /* its id, decimal; empty: none */
	long long token;      /* 0: the record is not ours */
	char value[ENGINE_VALUE];
	struct {
		long long since; /* its create_revision; 0: none */
		long long until; /* clock_boot: kept at least until then */
		long long ttl;   /* ms */
		char before[ETCD_NAME]; /* whose end makes it our turn */
		bool turn;       /* that has ended */
		bool unsure;     /* none, but it was asked for without an
		                  * answer: it may be there */
	} place;              /* in line; the lease is its lease, too */
	int ttl;              /* s: of our lease */
	long long revision;   /* the store's, when we last read or wrote keys */
	long long asked;      /* clock_boot before the last request */
	struct {
		int at;       /* member that it is at */
		enum engine_result said; /* what watch has heard already */
		long long looked; /* clock_boot: the caller's last look */
		struct buf in; /* bytes without a newline yet */
	} ear;                /* of the watch */
};

/* POST body, and free it; the answer in *answer is the caller's to release.
 * ENGINE_OK, DOWN, DENIED, SETUP; ENGINE_LOST: etcd says that there is no such
 * lease (or other object). */
enum engine_result etcd_ask(struct engine *e, const char *path, json_t *body,
    long long deadline, json_t **answer, struct fault *f);

/* The same, but only member e->at, the last that answered, is asked. */
enum engine_result etcd_ask_again(struct engine *e, const char *path,
    json_t *body, long long deadline, json_t **answer, struct fault *f);

/* Resolve a member's host by the deadline.  false: f. */
bool etcd_resolve(struct etcd_member *m, long long deadline, struct fault *f);

/* Set f's line to "etcd at host:port: " and what.  Returns -1. */
int etcd_fault(const struct etcd_member *m, struct fault *f, const char *what);

/* In out, the name of what belongs to the handle's key: kind 'q' with a lease,
 * 'w' or 'd' with a token as id: PREFIX/v1/q/u/ann/nightly//ID. */
const char *etcd_name(const struct engine *e, char kind, const char *id,
    char out[ETCD_NAME]);

/* Encode as a JSON string in base64; decode a member into at most cap bytes, a
 * NUL included: its length, or -1. */
json_t *etcd_text(const char *s);
long etcd_string(const json_t *object, const char *member, char *out,
    size_t cap);

/* A 64-bit number, which the gateway sends as a string; 0 if it is missing. */
long long etcd_number(const json_t *object, const char *member);

/* The range_end, in base64, for all keys that begin with `name`. */
json_t *etcd_end(const char *name);

/* Grant a lease of ttl seconds: its id, and the seconds granted. */
enum engine_result etcd_grant(struct engine *e, int ttl, long long deadline,
    char id[ETCD_ID], long long *granted, struct fault *f);

/* One transaction: success if all of compare hold, else failure; these are
 * arrays, and are freed.  *yes: whether they held. */
enum engine_result etcd_txn(struct engine *e, json_t *compare, json_t *success,
    json_t *failure, long long deadline, bool *yes, json_t **answer,
    struct fault *f);

/* The i-th operation of a transaction's answer was a range: what it found. */
const json_t *etcd_ranged(const json_t *answer, size_t i);

/* Parts of a transaction: compare a key's create_revision (0: no such key),
 * how: "EQUAL" or "GREATER"; put, get, delete a key. */
json_t *etcd_if(const char *name, const char *how, long long revision);
json_t *etcd_put(const char *name, const char *value, const char *lease);
json_t *etcd_get(const char *name);
json_t *etcd_delete(const char *name);

/* The i-th key-value pair of a range's answer, or NULL. */
const json_t *etcd_kv(const json_t *range, size_t i);

/* Fill in found from the key-value pair of a record or of a place in line.
 * false: it is none of ours. */
bool etcd_found(const struct engine *e, const json_t *kv,
    struct engine_found *found);

/* Of the line, for a transaction: read one place of it; compare: it has no
 * place, or, if the handle has one, ours is there and the first. */
json_t *etcd_line_any(const struct engine *e);
json_t *etcd_line_ours(const struct engine *e);

/* Forget our place and its lease. */
void etcd_line_forget(struct engine *e);

ENGINE_PARTS(etcd);

#endif
