/*
 * postgresql.h: the engine `postgresql`: its parts; pg_ is short for that.
 *
 * A lease is a row of a table, and ends by the server's clock; no session holds
 * anything, so that a pooler may stand between, and a server may be begun
 * again.  Each request is one statement, which is its own transaction.
 *
 *	onlyone        key, value, token, expires      ('-infinity': free)
 *	onlyone_mail   n, id, key, text, taken, answer, expires
 *	onlyone_token  the sequence from which tokens come
 *
 * Nobody but an administrator removes a row of the first.  Its token is taken
 * from the sequence while the row is locked, and not before: what is asked for
 * before the lock may be smaller than what another got meanwhile.
 *
 * Every statement may be sent again where its answer did not come: it finds by
 * value, token or id that it is done.  A server that is no more than a standby
 * is passed over, and so is one that has not waited for its standby.
 */
#ifndef POSTGRESQL_H
#define POSTGRESQL_H

#include <libpq-fe.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/resolve.h"
#include "cli/cluster/url.h"

/* The version of the tables: the comment on the first says it. */
#define PG_TABLES "onlyone tables, version 1"

/* What each request that must survive the server says in its answer: commits
 * are not to be confirmed before they are safe, whatever the role has set. */
#define PG_SURE "case when current_setting('synchronous_commit') in " \
	"('off', 'local') then set_config('synchronous_commit', 'on', true) end"

/* A table beside that whose row is waited for: the server gives up before we
 * do.  Who has locked the row may wait for a standby that is gone, and each of
 * us who goes away and comes again would leave a session behind, until there is
 * none for anybody. */
#define PG_LIMIT "(select set_config('lock_timeout', '~', true)) as limited"

enum { PG_TABLE = 128, PG_SQL = 4096, PG_PARAMS = 6 };

struct pg_server {
	const char *host, *port; /* host with a slash: a folder of sockets */
	char address[RESOLVE_MOST][RESOLVE_TEXT];
	int addresses; /* 0: not resolved yet */
	bool stale;    /* none of them was of use: ask for them again */
};

/* More than a dozen members: one handle of the engine. */
struct engine {
	struct url url;
	struct pg_server server[URL_HOSTS];
	char password[256]; /* empty: none, or libpq has one */
	int servers;
	int at;           /* who is asked: the last one that was of use */
	PGconn *conn;     /* NULL: none */
	bool warned;      /* the server warned of something in this request */
	char table[PG_TABLE];
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	long long token;  /* 0: the record is not ours, as far as we know */
	int ttl;          /* seconds */
	long long asked;  /* clock_boot before the request that was answered */
	long long ends;   /* when the record of another ends; 0: unknown */
	struct {
		int fd, bell; /* -1: none; epoll(7), and an eventfd(2) in it */
		enum engine_topic topic;
		bool on;      /* it is to be listened to */
		bool direct;  /* no pooler between */
		bool pending; /* something may have changed */
		long long looked; /* clock_boot: when it was said to look */
	} ear;
};

/* --- postgresql_open.c: what a URL says --- */
enum engine_result pg_open(struct engine **e, const char *url,
    const char *key, struct fault *f);
void pg_close(struct engine *e);

/* --- postgresql_connect.c --- */

/* A connection to the server e->at, by the deadline.  ENGINE_OK, DOWN, DENIED,
 * SETUP. */
enum engine_result pg_connect(struct engine *e, long long deadline,
    struct fault *f);
void pg_disconnect(struct engine *e);

/* Wait until the connection can be read (or written).  false: time is up. */
bool pg_wait(struct engine *e, short events, long long deadline);

/* --- postgresql_words.c: what went wrong, for users --- */

/* "PostgreSQL at host:port: ..." and what to do; state: SQLSTATE or "".  What
 * that is for an engine. */
enum engine_result pg_fault(const struct engine *e, struct fault *f,
    const char *state, const char *words);
/* The same of a connection that has failed. */
enum engine_result pg_conn_fault(const struct engine *e, struct fault *f);

/* --- postgresql_ask.c: one statement, answered --- */

/* In sql '@' is the table's name, '~' the ms for a lock; n parameters, as text.
 * Until the deadline it is sent again where no answer came, to the next server
 * where there are several, or where this one is a standby: it says so by 't' in
 * a first column "standby", or by refusing to write.  ENGINE_OK: *answer, the
 * caller's to PQclear. */
enum engine_result pg_ask(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, PGresult **answer,
    struct fault *f);

/* The same of one that has a row, or finds none: ENGINE_LOST. */
enum engine_result pg_hit(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, struct fault *f);

/* A field of the answer: text, a number (none: 0). */
const char *pg_text(const PGresult *r, int row, int column);
long long pg_number(const PGresult *r, int row, int column);

/* As decimal text, in out. */
const char *pg_decimal(long long n, char out[24]);

/* --- postgresql_watch.c --- */
enum engine_result pg_watch(struct engine *e, enum engine_topic topic,
    long long deadline, struct engine_watch *w, struct fault *f);
enum engine_result pg_heard(struct engine *e, struct engine_watch *w,
    struct fault *f);

/* Of a connection just made, or about to go; and take what was heard. */
void pg_ear_begin(struct engine *e);
void pg_ear_end(struct engine *e);
void pg_ear_take(struct engine *e);
/* The record of another ends in so many milliseconds. */
void pg_ends(struct engine *e, long long left);

/* --- postgresql_mail.c, postgresql_check.c, postgresql_init.c --- */
enum engine_result pg_mail_put(struct engine *e, int ttl, const char *text,
    char id[16], long long deadline, struct fault *f);
enum engine_result pg_mail_drop(struct engine *e, const char *id,
    long long deadline, struct fault *f);
enum engine_result pg_mail_take(struct engine *e, long long deadline,
    engine_letter *each, void *arg, struct fault *f);
enum engine_result pg_mail_reply(struct engine *e, const char *id,
    const char *text, long long deadline, struct fault *f);
enum engine_result pg_mail_replied(struct engine *e, const char *id,
    long long deadline, engine_letter *each, void *arg, struct fault *f);
enum engine_result pg_check(struct engine *e, int ttl, long long deadline,
    engine_line *line, void *arg, struct fault *f);
enum engine_result pg_init(struct engine *e, bool make, long long deadline,
    engine_line *line, void *arg, struct fault *f);

#endif
