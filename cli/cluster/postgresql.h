/*
 * postgresql.h: the engine `postgresql`: its parts; pg_ is short for that.
 *
 * A lease is a row of a table; it ends by the server's clock.  No session holds
 * anything, so that a pooler may be in between, and the server may be
 * restarted.  Each request is one statement, and one transaction.
 *
 *	onlyone        key, value, token, expires      ('-infinity': free)
 *	               wish                            (for its holder, or null)
 *	               last, done          (the run that ended last, and how)
 *	onlyone_line   n, id, key, value, expires      (places in line, by n)
 *	onlyone_token  the sequence from which tokens come
 *
 * Only an administrator removes rows of the first table.  A new token is taken
 * from the sequence while the row is locked: one taken before that might be
 * smaller than the token that another client got meanwhile.
 *
 * Each statement may be sent again if its answer did not arrive: by value,
 * token or id it finds that it has been done.  An answer does not count if the
 * server is a standby, or did not wait for its own standby.
 */
#ifndef POSTGRESQL_H
#define POSTGRESQL_H

#include <libpq-fe.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/resolve.h"

/* Every function of libpq that we call, without the prefix "PQ". */
#define PG_CALLS(X) \
	X(connectStartParams) X(connectPoll) X(connectionNeedsPassword) \
	X(finish) X(status) X(socket) X(backendPID) X(sslInUse) \
	X(errorMessage) X(setErrorVerbosity) X(setNoticeReceiver) \
	X(setnonblocking) X(sendQueryParams) X(flush) X(consumeInput) \
	X(isBusy) X(getResult) X(notifies) X(freemem) X(resultStatus) \
	X(resultErrorField) X(ntuples) X(fname) X(getvalue) X(getisnull) \
	X(clear)

#define PG_MEMBER(name) __typeof__(PQ##name) *name;
#define PG_NAME(name) "PQ" #name,

/* They are there once a handle is open. */
extern struct pg_calls {
	PG_CALLS(PG_MEMBER)
} pq;

/* The version of the tables, in the comment on the first. */
#define PG_TABLES "onlyone tables, version 3"

/* Part of the answer of each request whose effect must survive the server: the
 * commit is confirmed only when it is safe, whatever the role's setting is. */
#define PG_SURE "case when current_setting('synchronous_commit') in " \
	"('off', 'local') then set_config('synchronous_commit', 'on', true) end"

/* Part of each statement that waits for a row: the server gives up before we
 * do.  The session that has locked the row may wait for a standby that is gone.
 * Without a limit each client that goes away and comes again would leave a
 * waiting session behind, until the server has none left. */
#define PG_LIMIT "(select set_config('lock_timeout', '~', true)) as limited"

enum { PG_TABLE = 128, PG_SQL = 4096, PG_PARAMS = 6 };

struct pg_server {
	const char *host, *port; /* host with a '/': folder of a socket */
	char address[RESOLVE_MOST][RESOLVE_TEXT];
	int addresses; /* 0: not resolved yet */
	bool stale;    /* no address worked: resolve the name again */
};

/* More than a dozen members: one handle of the engine. */
struct engine {
	struct url url;
	struct pg_server server[URL_HOSTS];
	char password[256]; /* empty: none, or libpq reads its own */
	int servers;
	int at;           /* the server to ask: the last that worked */
	PGconn *conn;     /* NULL: not connected */
	bool warned;      /* the server sent a WARNING for this request */
	char table[PG_TABLE];
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	long long token;  /* 0: the record is not known to be ours */
	int ttl;          /* seconds */
	long long place;  /* in line; 0: none */
	char id[16];      /* of that place; empty: none was asked for yet */
	long long asked;  /* clock_boot before the last request */
	long long ends;   /* clock_boot: end of another's record; 0: unknown */
	struct {
		bool on;      /* a watch is on */
		char channel[32];
		bool direct;  /* there is no pooler */
		bool pending; /* something may have changed */
		long long looked; /* clock_boot: the caller's last look */
	} ear;
};

/* --- postgresql_ask.c: errors, for users; run one statement --- */

/* f becomes "PostgreSQL at host:port: ..." with advice for state (SQLSTATE, or
 * "").  Returns what that is for an engine. */
enum engine_result pg_fault(const struct engine *e, struct fault *f,
    const char *state, const char *words);
void pg_disconnect(struct engine *e);

/* In sql '@' is the table's name, '~' the limit for a lock in ms; n parameters,
 * as text.  Without an answer the statement is sent again until the deadline,
 * to the next server if there are several; likewise if this server is a standby
 * ('t' in a first column "standby", or it refuses to write).  ENGINE_OK:
 * *answer is the caller's to PQclear. */
enum engine_result pg_ask(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, PGresult **answer,
    struct fault *f);

/* The same for a statement that returns a row; ENGINE_LOST: it has none. */
enum engine_result pg_hit(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, struct fault *f);

/* A field of the answer as a number; 0 if it is not one. */
long long pg_number(const PGresult *r, int row, int column);

/* Read the notifications that have arrived. */
void pg_ear_take(struct engine *e);

/* A row "standby, key, value, token". */
void pg_found(const PGresult *r, int row, struct engine_found *found);

/* --- postgresql_wait.c: the line --- */

/* In SQL, from the table or the line: the ms until its row ends.  Limited, since
 * an administrator may have written 'infinity'. */
#define PG_LEFT "floor(extract(epoch from least(expires," \
	" clock_timestamp() + interval '1 year') - clock_timestamp())" \
	" * 1000)::bigint"

/* Our place, as a number that is compared with those of others. */
const char *pg_line_place(const struct engine *e, char digits[24]);
/* As renew, for a place. */
enum engine_result pg_line_renew(struct engine *e, long long deadline,
    long long *until, struct fault *f);
/* Give up our place, and wake the next one. */
enum engine_result pg_line_leave(struct engine *e, long long deadline,
    struct fault *f);

/* Make up an id: random, in hex.  false: f. */
bool pg_id(char id[16], struct fault *f);

/* --- postgresql_wait.c: the watch --- */

/* Note that another's record ends in left ms. */
void pg_ends(struct engine *e, long long left);

ENGINE_PARTS(pg);

#endif
