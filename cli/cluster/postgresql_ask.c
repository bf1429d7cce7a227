/*
 * postgresql_ask.c: run one statement, by a deadline.
 *
 * Each statement may be sent again (postgresql.h): without an answer, we send
 * it on a new connection, to the next server, and pause after each round.  An
 * attempt gets half of the time that is left, or a few seconds where there is no
 * other server.  What a server that has let us in refuses is refused for good; if
 * it does not let us in, another server may.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

enum {
	SHARE = 200,            /* ms: if less is left, one attempt gets all */
	LONE = 4000,            /* the same, if no other server can be asked:
	                         * short attempts of many clients are all in
	                         * vain */
	PAUSE = 20, LONGEST = 200 /* ms: pause between rounds */
};

/* The outcome of an attempt. */
enum attempt {
	ANSWERED,
	REFUSED, /* a final answer: f */
	AGAIN,   /* same server: conflict, or an unsafe commit */
	ELSEWHERE, /* no answer, or none that counts: f */
	STANDBY /* the same: it only reads */
};

void
pg_ear_take(struct engine *e)
{
	PGnotify *n;

	while ((n = pq.notifies(e->conn))) {
		e->ear.pending = true;
		pq.freemem(n);
	}
}

/* By its name, if the connection knows one.  Without parameters, sql may be several
 * statements. */
static bool
statement_send(struct engine *e, const char *name, const char *sql, int n,
    const char *const *params, long long deadline)
{
	int sent, more;

	if (name)
		sent = pq.sendQueryPrepared(e->conn, name, n, params, NULL,
		    NULL, 0);
	else if (params)
		sent = pq.sendQueryParams(e->conn, sql, n, NULL, params, NULL,
		    NULL, 0);
	else
		sent = pq.sendQuery(e->conn, sql);
	if (!sent)
		return false;
	while ((more = pq.flush(e->conn)) > 0) {
		if (!pg_conn_wait(e, POLLIN | POLLOUT, deadline) ||
		    !pq.consumeInput(e->conn))
			return false;
	}
	return more == 0;
}

/* Read the results that have come, and keep the last (part).  Whether the answer is
 * complete: the server has committed only then. */
static bool
results_take(struct engine *e)
{
	PGresult *next;

	while (!pq.isBusy(e->conn)) {
		next = pq.getResult(e->conn);
		if (next) {
			pq.clear(e->part);
			e->part = next;
			continue;
		}
		/* If pg_prepare has failed, its transaction has not ended. */
		e->prepared |= e->ear.prepares &&
		    pq.transactionStatus(e->conn) == PQTRANS_IDLE;
		e->ear.prepares &= !e->prepared;
		return true;
	}
	return false;
}

/* NULL: it has not come by the deadline; the caller ends the connection. */
static PGresult *
answer_take(struct engine *e, long long deadline)
{
	PGresult *answer;

	while (!results_take(e)) {
		if (!pg_conn_wait(e, POLLIN, deadline) ||
		    !pq.consumeInput(e->conn))
			return NULL;
	}
	pg_ear_take(e);
	answer = e->part;
	e->part = NULL;
	return answer;
}

bool
pg_answered(struct engine *e)
{
	if (e->early || !e->conn)
		return true;
	if (!results_take(e))
		return false;
	e->early = e->part;
	e->part = NULL;
	return true;
}

PGresult *
pg_answer(struct engine *e, long long deadline)
{
	PGresult *answer = e->early;

	if (!answer && e->conn)
		answer = answer_take(e, deadline);
	e->early = NULL;
	e->due = 0;
	return answer;
}

/* The connection is needed for something else. */
static void
conn_free(struct engine *e, long long deadline)
{
	enum { LATE = 500 };
	long long until = e->due + LATE;
	int pid;

	if (!e->conn || !e->due || e->early)
		return;
	clock_earlier(&until, deadline);
	pq.consumeInput(e->conn);
	if (!pg_answered(e) && e->due - clock_boot() < LATE)
		e->early = answer_take(e, until);
	if (e->early && pq.transactionStatus(e->conn) == PQTRANS_IDLE)
		return;
	pid = e->pooled == PG_POOLED ? 0 : pq.backendPID(e->conn);
	e->left.due = e->due;
	pg_disconnect(e);
	e->left.pid = pid;
}

/* What an answer means. */
static enum attempt
answer_judge(struct engine *e, const PGresult *r, enum engine_result *result,
    struct fault *f)
{
	const char *state = pq.resultErrorField(r, PG_DIAG_SQLSTATE);
	const char *words = pq.resultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (pq.resultStatus(r) == PGRES_TUPLES_OK ||
	    pq.resultStatus(r) == PGRES_COMMAND_OK) {
		if (pq.ntuples(r) && !strcmp(pq.fname(r, 0), "standby") &&
		    *pq.getvalue(r, 0, 0) == 't') {
			pg_fault(e, f, "25006", "it only reads");
			return STANDBY;
		}
		if (!e->warned)
			return ANSWERED;
		pg_fault(e, f, "", "it did not wait for its standby");
		return AGAIN;
	}
	*result = pg_fault(e, f, state ? state : "", words ? words :
	    "an answer that cannot be read");
	if (*result != ENGINE_DOWN)
		return REFUSED;
	if (state && !strcmp(state, "25006"))
		return STANDBY;
	/* A conflict with another statement, or cancelled: nothing was
	 * changed. */
	return state && (!strncmp(state, "40", 2) ||
	    !strncmp(state, "55", 2) ||
	    !strcmp(state, "57014")) ? AGAIN : ELSEWHERE;
}

bool
pg_sql(const struct engine *e, const char *sql, long long deadline,
    char out[PG_SQL])
{
	long long left = clock_boot_left(deadline);
	struct text t = text_in(out, PG_SQL);
	size_t n;

	for (;; sql += n + 1) {
		n = strcspn(sql, "@#~%");
		text_mem(&t, sql, n);
		if (!sql[n])
			return !t.cut;
		if (sql[n] == '@')
			text_add(&t, e->table);
		else if (sql[n] == '#')
			text_add(&t, strchr(e->table, '.') + 1);
		else if (sql[n] == '%')
			text_num(&t, pq.backendPID(e->conn));
		else
			text_num(&t, left > 4 ? left * 3 / 4 : 1);
	}
}

/* Send a statement, connecting first if need be. */
static enum engine_result
statement_begin(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, struct fault *f)
{
	char made[PG_SQL];
	enum engine_result result;

	conn_free(e, deadline);
	if (!e->conn) {
		result = pg_connect(e, deadline, f);
		if (result != ENGINE_OK)
			return result;
	}
	if (!pg_sql(e, sql, deadline, made)) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		return ENGINE_SETUP;
	}
	e->warned = false;
	e->asked = clock_boot();
	if (statement_send(e, pg_prepared(e, sql), made, n, params, deadline))
		return ENGINE_OK;
	if (pq.status(e->conn) == CONNECTION_BAD)
		pg_conn_fault(e, f);
	else
		pg_fault(e, f, "", "no answer in time");
	return ENGINE_DOWN;
}

enum engine_result
pg_send(struct engine *e, const char *sql, long long due, long long deadline,
    struct fault *f)
{
	enum engine_result result;

	if (!e->conn || e->due) {
		pg_fault(e, f, "", "the connection has ended");
		return ENGINE_DOWN;
	}
	result = statement_begin(e, sql, 0, NULL, deadline, f);
	if (result != ENGINE_OK) {
		pg_disconnect(e);
		return result;
	}
	e->due = due;
	return ENGINE_OK;
}

static enum attempt
statement_try(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline, PGresult **answer,
    enum engine_result *result, struct fault *f)
{
	enum attempt outcome = ELSEWHERE;

	*answer = NULL;
	*result = statement_begin(e, sql, n, params, deadline, f);
	if (*result == ENGINE_OK && (*answer = answer_take(e, deadline)))
		outcome = answer_judge(e, *answer, result, f);
	else if (*result == ENGINE_OK && pq.status(e->conn) == CONNECTION_BAD)
		pg_conn_fault(e, f);
	else if (*result == ENGINE_OK)
		pg_fault(e, f, "", "no answer in time");
	else if (*result != ENGINE_DOWN)
		outcome = REFUSED;
	if (outcome != ANSWERED) {
		pq.clear(*answer);
		*answer = NULL;
	}
	/* Do not reuse the connection: a late answer would be taken for that to
	 * the next statement. */
	if (outcome == ELSEWHERE || outcome == STANDBY)
		pg_disconnect(e);
	return outcome;
}

/* Only statements that need to know ask. */
static void
pooled_note(struct engine *e, const PGresult *r)
{
	int column = pq.fnumber(r, "direct");

	if (column >= 0 && pq.ntuples(r) && !pq.getisnull(r, 0, column))
		e->pooled = *pq.getvalue(r, 0, column) == 't' ? PG_DIRECT :
		    PG_POOLED;
}

enum engine_result
pg_ask(struct engine *e, const char *sql, int n, const char *const *params,
    long long deadline, PGresult **answer, struct fault *f)
{
	enum engine_result result, refused = ENGINE_DOWN;
	enum attempt outcome;
	long long until;
	int left, pause = PAUSE, tried = 0;
	bool said = false;
	struct fault now;
	PGresult *r;

	if (answer)
		*answer = NULL;
	pg_fault(e, f, "", "no answer in time");
	while ((left = clock_boot_left(deadline))) {
		/* An old connection that is dead says nothing of its server:
		 * connect to the same one again. */
		bool old = e->conn;

		until = left < (e->servers > 1 || old ? SHARE : LONE) ?
		    deadline : deadline - left / 2;
		outcome = statement_try(e, sql, n, params, until, &r, &result,
		    &now);
		if (outcome == ANSWERED) {
			pooled_note(e, r);
			if (answer)
				*answer = r;
			else
				pq.clear(r);
			return ENGINE_OK;
		}
		/* An attempt that was cut short knows less than those before
		 * it: keep their reason.  The same goes for a standby: it does
		 * not know why its server is gone. */
		if (!said || outcome == REFUSED || (refused == ENGINE_DOWN &&
		    outcome != STANDBY && clock_boot() < until))
			*f = now;
		said = true;
		if (outcome == STANDBY)
			outcome = ELSEWHERE;
		if (outcome == REFUSED && e->conn)
			return result;
		/* This server does not let us in, but another may. */
		if (outcome == REFUSED) {
			refused = result;
			outcome = ELSEWHERE;
		}
		if (outcome == ELSEWHERE && !old)
			e->at = (e->at + 1) % e->servers;
		if (outcome == ELSEWHERE && (old || ++tried % e->servers))
			continue;
		if (outcome == ELSEWHERE && refused != ENGINE_DOWN)
			return refused;
		engine_pause(pause, deadline);
		pause = pause * 2 < LONGEST ? pause * 2 : LONGEST;
	}
	return refused;
}

enum engine_result
pg_hit(struct engine *e, const char *sql, int n, const char *const *params,
    long long deadline, struct fault *f)
{
	PGresult *r;
	enum engine_result result = pg_ask(e, sql, n, params, deadline, &r, f);

	if (result != ENGINE_OK)
		return result;
	if (!pq.ntuples(r))
		result = ENGINE_LOST;
	pq.clear(r);
	return result;
}

long long
pg_number(const PGresult *r, int row, int column)
{
	long long n;

	return number_parse(pq.getvalue(r, row, column), &n) < 0 ? 0 : n;
}

void
pg_found(const PGresult *r, int row, struct engine_found *found)
{
	text_join(found->key, sizeof(found->key), pq.getvalue(r, row, 1), NULL);
	text_join(found->value, sizeof(found->value), pq.getvalue(r, row, 2),
	    NULL);
	found->token = pg_number(r, row, 3);
	found->line = found->counts = false;
}

/* Of which other role the key is; with the token in $2, or 0. */
#define WHOSE "select pg_is_in_recovery() as standby, owner" \
	" from (select) one left join @ on key = $1 and owner <> current_user" \
	" and ($2::bigint = 0 or (token = $2::bigint" \
	" and expires > clock_timestamp()))"

enum engine_result
pg_other_role(struct engine *e, long long token, enum engine_result result,
    long long deadline, struct fault *f)
{
	char digits[24], words[ENGINE_KEY];
	const char *params[] = { e->key, say_num(digits, token) };
	struct fault ignored;
	PGresult *r;

	if (pg_ask(e, WHOSE, 2, params, deadline, &r, &ignored) != ENGINE_OK)
		return result;
	if (!pq.getisnull(r, 0, 1)) {
		text_join(words, sizeof(words), "the key is of the role ",
		    pq.getvalue(r, 0, 1), ", which has used it first (",
		    e->table, ", column owner)", NULL);
		pg_fault(e, f, "", words);
		result = ENGINE_DENIED;
	}
	pq.clear(r);
	return result;
}
