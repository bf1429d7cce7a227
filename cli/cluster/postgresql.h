/*
 * postgresql.h: the engine `postgresql`: its parts; pg_ is short for that.
 *
 * A lease is a row of a table; it ends by the server's clock.  No session holds
 * anything that counts, so that a pooler may be in between, and the server may
 * be restarted.  Each request is one statement, and one transaction, but for the
 * first wait in line (pg_prepare).
 *
 *	onlyone        key, value, token, expires      ('-infinity': free)
 *	               owner                           (the role that has it)
 *	               wish                            (for its holder, or null)
 *	               last, done          (the run that ended last, and how)
 *	               counted             (the value of the last that counts,
 *	               counted_until        until then)
 *	onlyone_line   n, id, key, value, expires, owner   (places, by n)
 *	onlyone_token  the sequence from which tokens and places come
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

#include "cli/cluster/conn.h"
#include "cli/cluster/engine.h"
#include "cli/cluster/url.h"

/* Every function of libpq that we call, without the prefix "PQ". */
#define PG_CALLS(X) \
	X(connectStartParams) X(connectPoll) X(connectionNeedsPassword) \
	X(finish) X(status) X(socket) X(backendPID) X(user) X(sslInUse) \
	X(errorMessage) X(setErrorVerbosity) X(setNoticeReceiver) \
	X(serverVersion) X(setnonblocking) X(sendQuery) X(sendQueryParams) \
	X(sendQueryPrepared) X(transactionStatus) X(flush) X(consumeInput) \
	X(isBusy) X(getResult) X(notifies) X(freemem) X(resultStatus) \
	X(resultErrorField) X(ntuples) X(fname) X(fnumber) X(getvalue) \
	X(getisnull) X(clear)

#define PG_MEMBER(name) __typeof__(PQ##name) *name;
#define PG_NAME(name) "PQ" #name,

/* They are there once a handle is open. */
extern struct pg_calls {
	PG_CALLS(PG_MEMBER)
} pq;

/* The version of the tables, in the comment on the first. */
#define PG_TABLES "onlyone tables, version 5"

/* Part of the answer of each request whose effect must survive the server: the
 * commit is confirmed only when it is safe, whatever the role's setting is. */
#define PG_SURE "case when current_setting('synchronous_commit') in " \
	"('off', 'local') then set_config('synchronous_commit', 'on', true) end"

/* Part of each statement that waits for a row: the server gives up before we
 * do.  The session that has locked the row may wait for a standby that is gone.
 * Without a limit each client that goes away and comes again would leave a
 * waiting session behind, until the server has none left. */
#define PG_LIMIT_MS(ms) \
	"(select set_config('lock_timeout', '" ms "', true)) as limited"
#define PG_LIMIT PG_LIMIT_MS("~")

enum { PG_TABLE = 128, PG_SQL = 8192 };

/* More than a dozen members: one handle of the engine. */
struct engine {
	struct url url;
	struct conn_peer server[URL_HOSTS]; /* a host with a '/' is the folder
	                                     * of a socket; libpq has TLS */
	int servers;
	int at;           /* the server to ask: the last that worked */
	PGconn *conn;     /* NULL: not connected */
	bool warned;      /* the server sent a WARNING for this request */
	bool prepared;    /* the connection knows what pg_prepare prepares */
	bool plain;       /* pg_prepare failed, or took too long: not again */
	char table[PG_TABLE];
	char key[ENGINE_KEY];
	char value[ENGINE_VALUE];
	long long token;  /* 0: the record is not known to be ours */
	int ttl;          /* seconds */
	long long place;  /* in line; 0: none */
	long long had;    /* the place from which the record was taken; or 0 */
	char id[16];      /* of a place that was asked for, and there was no
	                   * answer; empty: none */
	bool turn;        /* what was before that place has ended */
	long long asked;  /* clock_boot before the last request; 0: none was
	                   * sent */
	long long kept;   /* clock_boot: the place was asked for, or renewed */
	int ahead;        /* with a pooler: places before ours, at most 30 */
	long long before; /* number of what has to end before our turn, or of
	                   * the record; 0: none is known */
	long long ends;   /* clock_boot: the end of that by the clock */
	enum {
		PG_UNKNOWN,
		PG_DIRECT, /* the session is ours alone */
		PG_POOLED  /* it is not, or does not let us wait for locks */
	} pooled;
	long long due;    /* clock_boot: of the answer to pg_send; 0: none */
	struct {
		int pid;  /* of the server's process that still waits for us on
		           * a connection that we have closed; 0: none */
		long long due; /* clock_boot: it ends by itself */
	} left;
	PGresult *early;  /* that answer, if it came before pg_answer */
	PGresult *part;   /* of the answer's results the last that has come */
	struct {
		enum { EAR_NONE, EAR_LISTENS, EAR_WAITS, EAR_IDLE,
			EAR_LOOKS } how;
		long long number;  /* what it is about */
		long long granted; /* of what we have waited for; 0: none */
		bool renews;       /* the wait ends for our next renewal */
		bool prepares;     /* pg_prepare was sent, and has not ended */
		long long looked;  /* clock_boot: the caller's last look */
		int pause;         /* ms until the next, if we only look */
		bool pending;      /* something may have changed */
	} ear;
};

/* --- postgresql_connect.c: errors, for users; connections --- */

/* f becomes "PostgreSQL at host:port: ..." with advice for state (SQLSTATE, or
 * "").  Returns what that is for an engine. */
enum engine_result pg_fault(const struct engine *e, struct fault *f,
    const char *state, const char *words);

/* The same for a connection that has failed. */
enum engine_result pg_conn_fault(const struct engine *e, struct fault *f);

/* Connect to the server e->at. */
enum engine_result pg_connect(struct engine *e, long long deadline,
    struct fault *f);
void pg_disconnect(struct engine *e);

/* Wait for poll(2)'s events on the connection.  false: there were none by the
 * deadline. */
bool pg_conn_wait(struct engine *e, short events, long long deadline);

/* --- postgresql_ask.c: run one statement --- */

/* A role may not change what is another's: DENIED and f, if the key is another
 * role's, and, unless token is 0, held with that; else result. */
enum engine_result pg_other_role(struct engine *e, long long token,
    enum engine_result result, long long deadline, struct fault *f);

/* In sql '@' is the table's name, '#' the same without its schema, as an index
 * wants it, '~' the ms that the server may wait for a lock, three quarters of what
 * is left, '%' the server's process as libpq has it.  false: it is too long. */
bool pg_sql(const struct engine *e, const char *sql, long long deadline,
    char out[PG_SQL]);

/* Such a statement, with n parameters, as text.  Without an answer
 * the statement is sent again until the deadline, to the next server if there
 * are several; likewise if this server is a standby ('t' in a first column
 * "standby", or it refuses to write).  A column "direct" tells whether there is
 * a pooler.  ENGINE_OK: *answer (NULL: of no
 * interest) is the caller's to PQclear. */
enum engine_result pg_ask(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, PGresult **answer,
    struct fault *f);

/* On the connection that there is, send statements without parameters, and leave
 * the last answer to pg_answer; it is due at a time (clock_boot).  Long before
 * that a pg_ask ends the connection, if the answer is not there; later it waits a
 * little for it. */
enum engine_result pg_send(struct engine *e, const char *sql, long long due,
    long long deadline, struct fault *f);

/* Whether that answer is there, or the connection has failed. */
bool pg_answered(struct engine *e);

/* The answer to what was sent; NULL: it has not come by the deadline. */
PGresult *pg_answer(struct engine *e, long long deadline);

/* As pg_ask for a statement that returns a row; ENGINE_LOST: it has none. */
enum engine_result pg_hit(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, struct fault *f);

/* A field of the answer as a number; 0 if it is not one. */
long long pg_number(const PGresult *r, int row, int column);

/* Read the notifications that have arrived. */
void pg_ear_take(struct engine *e);

/* A row "standby, key, value, token". */
void pg_found(const PGresult *r, int row, struct engine_found *found);

/* --- postgresql_prepare.c: what a session in line prepares --- */

/* Take the key ($1) with a value ($2) for so many seconds ($3), having a place
 * ($4). */
extern const char pg_take_sql[];
/* Give it ($1) back: by its token ($2) or value ($3); how the run ended ($4), and
 * our place or token ($5); for how many seconds the record is kept ($6), and the run
 * counts ($7). */
extern const char pg_release_sql[];

/* Prepare them, in a transaction. */
extern const char pg_prepare[];

/* The name under which this connection knows one of them, which is recognized by
 * its address; NULL: it does not. */
const char *pg_prepared(const struct engine *e, const char *sql);

/* --- postgresql_wait.c: the line --- */

/* In SQL, of a row (its alias and a dot): the ms until it ends.  Limited, since
 * an administrator may have written 'infinity'. */
#define PG_LEFT(row) "floor(extract(epoch from least(" row "expires," \
	" clock_timestamp() + interval '1 year') - clock_timestamp())" \
	" * 1000)::bigint"

/* In SQL: there is no pooler: libpq's server process is the one that answers. */
#define PG_SAME "pg_backend_pid() = %"

/* In SQL: the advisory lock that stands for a place or a token, and take it for
 * as long as this session lasts; the result is that of PG_SAME.  A launch that waits
 * for that number waits for this lock. */
#define PG_LOCK(number) "hashtextextended('@ ' || " number ", 0)"
#define PG_OWN(number) "case when " PG_SAME " then pg_try_advisory_lock(" \
	PG_LOCK(number) ") is not null else false end"

/* In SQL: give up all locks, at the end of the transaction: a launch that waits
 * for one of these two is woken when this statement is committed, and not before.
 * So the transaction takes them, too, and the session gives them up.  If another
 * session has one, it does not wait for that. */
#define PG_GIVE(one, two) "case when " PG_SAME \
	" then pg_try_advisory_xact_lock(" PG_LOCK(one) ") is not null" \
	" and pg_try_advisory_xact_lock(" PG_LOCK(two) ") is not null" \
	" and pg_advisory_unlock_all() is not null end"

/* Our place, as a number that is compared with those of others. */
const char *pg_line_place(const struct engine *e, char digits[24]);
/* As renew, for a place. */
enum engine_result pg_line_renew(struct engine *e, long long deadline,
    long long *until, struct fault *f);
/* Give up our place. */
void pg_line_leave(struct engine *e, long long deadline);

/* End the server's process that may still wait for us: we do not. */
void pg_left_end(struct engine *e, long long deadline);

/* --- postgresql_wait.c: the watch --- */

/* Note what has to end before our turn, and that it does in left ms. */
void pg_before(struct engine *e, long long number, long long left);

ENGINE_PARTS(pg);

#endif
