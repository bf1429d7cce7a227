/*
 * etcd.h: the engine `etcd`: its parts.
 *
 * By the JSON gateway of etcd 3.4 or newer (/v3/).  Keys below PREFIX/v1/:
 * l/KEY the record, m/KEY//ID a letter, r/KEY//ID its answer (no part of a key
 * is empty, so that "//" ends it).
 */
#ifndef ETCD_H
#define ETCD_H

#include <jansson.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/http.h"
#include "cli/cluster/url.h"

enum { ETCD_NAME = 1024, ETCD_TOKEN = 4096, ETCD_ID = 32 };

struct etcd_member {
	struct http_peer peer;
	const char *host, *port;
	char base[320];    /* storage of peer.base */
	char resolve[512]; /* and of peer.resolve; empty: not resolved yet */
};

/* More than a dozen members: one handle of the engine. */
struct engine {
	struct url url;
	struct etcd_member member[URL_HOSTS];
	int members;
	int at;               /* who is asked first: the last one to answer */
	struct http *http;
	const char *user;     /* NULL: none */
	char password[256];
	char auth[ETCD_TOKEN]; /* empty: none yet */
	char key[ETCD_NAME];  /* PREFIX/v1/l/KEY */
	size_t prefix;        /* how long PREFIX/v1/ is in that */
	char lease[ETCD_ID];  /* decimal; empty: none */
	long long token;      /* 0: the record is not ours */
	char value[ENGINE_VALUE];
	long long revision;   /* the store's, at the last answer */
	long long asked;      /* clock_boot before what was answered last */
	enum engine_topic topic;
	struct buf heard;     /* of the watch, up to the next line */
};

/* Post body, which is given up; the answer in *answer, the caller's.
 * ENGINE_OK, DOWN, DENIED, SETUP; ENGINE_LOST: etcd says that there is no such
 * lease (or other thing). */
enum engine_result etcd_ask(struct engine *e, const char *path, json_t *body,
    long long deadline, json_t **answer, struct fault *f);

/* The same of the member that answered last alone. */
enum engine_result etcd_ask_again(struct engine *e, const char *path,
    json_t *body, long long deadline, json_t **answer, struct fault *f);

/* The addresses of a member, by the deadline. */
bool etcd_resolve(struct engine *e, struct etcd_member *m, long long deadline,
    struct fault *f);

/* For a fault's line: "etcd at host:port: ". */
int etcd_fault(const struct etcd_member *m, struct fault *f, const char *what);

/* PREFIX/v1/ and that: "m", "/u/ann/nightly//", id.  The part after the first
 * is the handle's key. */
const char *etcd_name(const struct engine *e, char kind, const char *id,
    char out[ETCD_NAME]);

/* Text in base64 as JSON; out of JSON: its length, -1. */
json_t *etcd_text(const char *s);
json_t *etcd_bytes(const char *s, size_t n);
long etcd_string(const json_t *object, const char *member, char *out,
    size_t cap);

/* A 64-bit number, which the gateway sends as a string; none: 0. */
long long etcd_number(const json_t *object, const char *member);

/* Where the keys that begin with `name` end, as range_end, in base64. */
json_t *etcd_end(const char *name);

/* Lease of so many seconds: its id and what was granted; and give it back. */
enum engine_result etcd_grant(struct engine *e, int ttl, long long deadline,
    char id[ETCD_ID], long long *granted, struct fault *f);
enum engine_result etcd_revoke(struct engine *e, const char *id,
    long long deadline, struct fault *f);

/* A transaction: if compare, then success, else failure (NULL: nothing).
 * *yes: which it was. */
enum engine_result etcd_txn(struct engine *e, json_t *compare, json_t *success,
    json_t *failure, long long deadline, bool *yes, json_t **answer,
    struct fault *f);

/* Parts of it: that a key's create_revision is so (0: no such key), or is
 * larger; to put, to get, to delete. */
json_t *etcd_if(const char *name, const char *how, long long revision);
json_t *etcd_put(const char *name, const char *value, const char *lease);
json_t *etcd_get(const char *name);
json_t *etcd_delete(const char *name);

/* The first key and value of a range's answer, or NULL; and of its i-th. */
const json_t *etcd_kv(const json_t *range, size_t i);

/* Fill in found from a key and value.  false: it is not one of ours. */
bool etcd_found(const struct engine *e, const json_t *kv,
    struct engine_found *found);

/* The calls that are in files of their own. */
enum engine_result etcd_open(struct engine **e, const char *url,
    const char *key, struct fault *f);
void etcd_close(struct engine *e);
enum engine_result etcd_look(struct engine *e, long long deadline,
    struct engine_found *found, struct fault *f);
enum engine_result etcd_list(struct engine *e, const char *prefix,
    long long deadline, engine_record *each, void *arg, struct fault *f);
enum engine_result etcd_watch(struct engine *e, enum engine_topic topic,
    long long deadline, struct engine_watch *w, struct fault *f);
enum engine_result etcd_heard(struct engine *e, struct engine_watch *w,
    struct fault *f);
enum engine_result etcd_mail_put(struct engine *e, int ttl, const char *text,
    char id[16], long long deadline, struct fault *f);
enum engine_result etcd_mail_drop(struct engine *e, const char *id,
    long long deadline, struct fault *f);
enum engine_result etcd_mail_take(struct engine *e, long long deadline,
    engine_letter *each, void *arg, struct fault *f);
enum engine_result etcd_mail_reply(struct engine *e, const char *id,
    const char *text, long long deadline, struct fault *f);
enum engine_result etcd_mail_replied(struct engine *e, const char *id,
    long long deadline, engine_letter *each, void *arg, struct fault *f);
enum engine_result etcd_check(struct engine *e, int ttl, long long deadline,
    engine_line *line, void *arg, struct fault *f);
enum engine_result etcd_init(struct engine *e, bool make, long long deadline,
    engine_line *line, void *arg, struct fault *f);

#endif
