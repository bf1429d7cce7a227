/*
 * etcd.h: the engine `etcd`: its parts.
 *
 * It uses the gRPC API of etcd 3.4 or newer.  Keys below PREFIX/v1/:
 * l/KEY is the record, q/KEY//LEASE a place in the line for it, w/KEY//TOKEN a
 * wish for its holder, d/KEY//TOKEN how that run ended, c/KEY the last run that
 * counts.  No part of a KEY is empty, so that "//" ends it.
 */
#ifndef ETCD_H
#define ETCD_H

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/etcd.pb-c.h"
#include "cli/cluster/grpc.h"
#include "cli/cluster/url.h"

enum { ETCD_NAME = 1024, ETCD_TOKEN = 4096,
	ETCD_TTL_MOST = 1000000000 /* s: no lease is longer */ };

/* More than a dozen members: one handle of the engine. */
struct engine {
	struct url url;
	struct conn_peer member[URL_HOSTS];
	int members;
	int at;               /* member to ask first: the last that answered */
	struct grpc *grpc;
	const char *user;     /* NULL: none */
	char auth[ETCD_TOKEN]; /* token for the password; empty: none yet */
	char key[ETCD_NAME];  /* PREFIX/v1/l/KEY */
	size_t prefix;        /* length of PREFIX/v1/ in key */
	char line[ETCD_NAME]; /* PREFIX/v1/q/KEY//, which all places begin with */
	char line_end[ETCD_NAME]; /* what comes after them */
	long long lease;      /* its id; 0: none */
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
		struct buf in; /* the start of a message */
	} ear;                /* of the watch */
};

/* What can be asked, and what is answered (etcd.proto). */
enum etcd_method {
	ETCD_TXN,
	ETCD_LEASE_GRANT,
	ETCD_LEASE_REVOKE,
	ETCD_LEASE_KEEPALIVE,
	ETCD_AUTHENTICATE,
	ETCD_STATUS
};

union etcd_answer {
	ProtobufCMessage *any; /* NULL: none */
	Etcd__TxnResponse *txn;
	Etcd__LeaseGrantResponse *grant;
	Etcd__LeaseKeepAliveResponse *keepalive;
	Etcd__AuthenticateResponse *authenticate;
	Etcd__StatusResponse *status;
	Etcd__WatchResponse *watch; /* of the stream */
};

/* Send a request; the answer, which is there if the result is ENGINE_OK, is the
 * caller's to free by etcd_free.  ENGINE_OK, DOWN, DENIED, SETUP; ENGINE_LOST: etcd says that there
 * is no such lease (or other object). */
enum engine_result etcd_ask(struct engine *e, enum etcd_method method,
    const ProtobufCMessage *request, long long deadline,
    union etcd_answer *answer, struct fault *f);

/* The same, but only member e->at, the last that answered, is asked. */
enum engine_result etcd_ask_again(struct engine *e, enum etcd_method method,
    const ProtobufCMessage *request, long long deadline,
    union etcd_answer *answer, struct fault *f);

void etcd_free(union etcd_answer *answer);

/* Set f's line to "etcd at host:port: " and what.  Returns -1. */
int etcd_fault(const struct conn_peer *m, struct fault *f, const char *what);

/* In out, the name of what belongs to the handle's key: kind 'q' with a lease,
 * 'w' or 'd' with a token as id: PREFIX/v1/q/u/ann/nightly//ID. */
const char *etcd_name(const struct engine *e, char kind, long long id,
    char out[ETCD_NAME]);

/* What comes after all names that begin with this one. */
void etcd_end(const char *name, char out[ETCD_NAME]);

/* Bytes of a message: the string itself, not a copy; and as a string in cap bytes:
 * its length, or -1. */
ProtobufCBinaryData etcd_bytes(const char *s);
long etcd_string(const ProtobufCBinaryData *b, char *out, size_t cap);

/* Grant a lease of ttl seconds: its id, and the seconds granted. */
enum engine_result etcd_grant(struct engine *e, int ttl, long long deadline,
    long long *id, long long *granted, struct fault *f);

/*
 * A transaction: begin, compare, say what is done if all comparisons hold, and
 * after etcd_else what is done if not.  Names and values are not copied: they
 * stay until it has been sent.
 */
enum { ETCD_COMPARES = 3, ETCD_OPS = 6 };

struct etcd_txn {
	Etcd__TxnRequest request;
	Etcd__Compare compare[ETCD_COMPARES], *compares[ETCD_COMPARES];
	Etcd__RequestOp op[ETCD_OPS], *ops[ETCD_OPS];
	union {
		Etcd__RangeRequest range;
		Etcd__PutRequest put;
		Etcd__DeleteRangeRequest delete;
	} body[ETCD_OPS];
	bool otherwise; /* after etcd_else */
};

void etcd_begin(struct etcd_txn *t);

/* The key's create_revision has to be this; 0: there must be no such key.  The
 * caller may change the comparison, and what is read. */
Etcd__Compare *etcd_if(struct etcd_txn *t, const char *name,
    long long revision);
Etcd__RangeRequest *etcd_get(struct etcd_txn *t, const char *name);
void etcd_put(struct etcd_txn *t, const char *name, const char *value,
    long long lease);
void etcd_delete(struct etcd_txn *t, const char *name);
void etcd_else(struct etcd_txn *t);

/* As etcd_ask. */
enum engine_result etcd_send(struct engine *e, const struct etcd_txn *t,
    long long deadline, union etcd_answer *answer, struct fault *f);

/* Send one that changes something if its comparisons hold.  LOST: they did not. */
enum engine_result etcd_try(struct engine *e, const struct etcd_txn *t,
    long long deadline, struct fault *f);

/* The revision at which it was done. */
long long etcd_revision(const Etcd__TxnResponse *answer);

/* The i-th key that its op-th operation read; NULL: there is none. */
const Etcd__KeyValue *etcd_kv(const Etcd__TxnResponse *answer, size_t op,
    size_t i);

/* Fill in found from the key-value pair of a record, of a run that counts or of a
 * place in line.  false: it is none of ours. */
bool etcd_found(const struct engine *e, const Etcd__KeyValue *kv,
    struct engine_found *found);

/* Of the line, in a transaction: read one place of it; compare: it has no
 * place, or, if the handle has one, ours (its name in `place`) is there and the
 * first. */
void etcd_line_any(const struct engine *e, struct etcd_txn *t);
void etcd_line_ours(const struct engine *e, struct etcd_txn *t,
    char place[ETCD_NAME]);

/* Forget our place and its lease. */
void etcd_line_forget(struct engine *e);

ENGINE_PARTS(etcd);

#endif
