/*
 * postgresql_ask.c: run one statement, until it is answered or time is up.
 *
 * Each statement may be sent again (postgresql.h): without an answer, we send
 * it on a new connection, to the next server, and pause after each round.  An
 * attempt gets half of the time that is left.  What a server that has let us in
 * refuses is refused for good; if it does not let us in, another server may.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/postgresql.h"
#include "cli/base/number.h"
#include "cli/base/text.h"

/*
 * PostgreSQL's errors: what each means to an engine, and what a user can do.
 */

#define INIT ": an administrator has to run: onlyone-cluster init"

/* By SQLSTATE (PostgreSQL's manual, appendix A) or its prefix; first match. */
static const struct {
	const char *state;
	enum engine_result result;
	const char *advice;
} meanings[] = {
	{ "", ENGINE_DOWN, "" },
	{ "25006", ENGINE_DOWN, ": it is a standby, or read-only for this"
	    " user; the URL has to name a server that can be written to" },
	{ "28", ENGINE_DENIED, "" },
	{ "42501", ENGINE_DENIED, ": its owner has to run: grant onlyone to the"
	    " user (onlyone-cluster init tells more)" },
	{ "42P01", ENGINE_SETUP, INIT },
	{ "3F000", ENGINE_SETUP, INIT },
	{ "3D000", ENGINE_SETUP, "" },
	{ "42703", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42804", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42P10", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42883", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed" },
	{ "42601", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed" },
	{ "0A", ENGINE_SETUP, "" },
	{ "22", ENGINE_SETUP, "" },
	{ "23", ENGINE_SETUP, "" },
	{ "42", ENGINE_SETUP, "" },
	{ "53300", ENGINE_DOWN, ": each instance and each that waits has a"
	    " connection; pgbouncer in transaction mode may stand between" },
};

enum engine_result
pg_fault(const struct engine *e, struct fault *f, const char *state,
    const char *words)
{
	const struct pg_server *s = &e->server[e->at];
	size_t n = 0;

	for (size_t i = 1; i < sizeof(meanings) / sizeof(*meanings) && !n; i++)
	{
		if (!strncmp(state, meanings[i].state,
		    strlen(meanings[i].state)))
			n = i;
	}
	fault_set(f, 0, "PostgreSQL at ", s->host, ":", s->port, ": ", words,
	    meanings[n].advice, NULL);
	return meanings[n].result;
}

/* In "... FATAL:  28P01: words": returns the words; state: 28P01, or "". */
static const char *
state_find(const char *said, char state[6])
{
	const char *at = said;

	while ((at = strstr(at, ":  "))) {
		at += 3;
		if (strspn(at, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 5 &&
		    at[5] == ':' && at[6] == ' ') {
			memcpy(state, at, 5);
			state[5] = '\0';
			return at + 7;
		}
	}
	*state = '\0';
	at = strstr(said, " failed: ");
	return at ? at + strlen(" failed: ") : said;
}

enum engine_result
pg_conn_fault(const struct engine *e, struct fault *f)
{
	char state[6], line[512];
	const char *words = state_find(PQerrorMessage(e->conn), state);
	struct text t;

	enum engine_result result;

	t = text_in(line, sizeof(line));
	text_mem(&t, words, strcspn(words, "\n"));
	if (PQconnectionNeedsPassword(e->conn)) {
		strcpy(state, "28P01");
		text_add(&t, ": the URL needs passfile=FILE");
	}
	result = pg_fault(e, f, state, line);
	/* libpq does not tell why, and has forgotten the certificate. */
	if (strstr(line, "certificate verify failed"))
		fault_more(f, ": it has expired, or another authority has"
		    " issued it (openssl s_client -starttls postgres tells)",
		    NULL);
	/* Errors that libpq finds itself have no SQLSTATE. */
	if (!*state)
		result = strstr(line, "does not support SSL") ? ENGINE_SETUP :
		    engine_tls(line, f);
	return result;
}

enum {
	SHARE = 200,            /* ms: if less is left, one attempt gets all */
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

static bool
statement_send(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline)
{
	int more;

	if (!PQsendQueryParams(e->conn, sql, n, NULL, params, NULL, NULL, 0))
		return false;
	while ((more = PQflush(e->conn)) > 0) {
		if (!pg_wait(e, POLLIN | POLLOUT, deadline) ||
		    !PQconsumeInput(e->conn))
			return false;
	}
	return more == 0;
}

/* The statement's one result; NULL: none came.  The server has committed only
 * when PQgetResult has returned NULL after the result. */
static PGresult *
answer_take(struct engine *e, long long deadline)
{
	PGresult *answer = NULL, *next;

	for (;;) {
		while (PQisBusy(e->conn)) {
			if (!pg_wait(e, POLLIN, deadline) ||
			    !PQconsumeInput(e->conn))
				goto none;
		}
		next = PQgetResult(e->conn);
		if (!next)
			break;
		PQclear(answer);
		answer = next;
	}
	pg_ear_take(e);
	return answer;
none:
	PQclear(answer);
	return NULL;
}

static bool
begins(const char *state, const char *class)
{
	return !strncmp(state, class, 2);
}

/* What an answer means. */
static enum attempt
answer_judge(struct engine *e, const PGresult *r, enum engine_result *result,
    struct fault *f)
{
	const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
	const char *words = PQresultErrorField(r, PG_DIAG_MESSAGE_PRIMARY);

	if (PQresultStatus(r) == PGRES_TUPLES_OK ||
	    PQresultStatus(r) == PGRES_COMMAND_OK) {
		if (PQntuples(r) && !strcmp(PQfname(r, 0), "standby") &&
		    *PQgetvalue(r, 0, 0) == 't') {
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
	return state && (begins(state, "40") || begins(state, "55") ||
	    !strcmp(state, "57014")) ? AGAIN : ELSEWHERE;
}

/* Replace '@' by the table's name, '~' by the ms that the server may wait for a
 * lock: three quarters of what is left. */
static bool
sql_make(const struct engine *e, const char *sql, long long deadline,
    char out[PG_SQL])
{
	long long left = clock_boot_left(deadline);
	struct text t = text_in(out, PG_SQL);
	size_t n;

	for (;; sql += n + 1) {
		n = strcspn(sql, "@~");
		text_mem(&t, sql, n);
		if (!sql[n])
			return !t.cut;
		if (sql[n] == '@')
			text_add(&t, e->table);
		else
			text_num(&t, left > 4 ? left * 3 / 4 : 1);
	}
}

static enum attempt
attempt(struct engine *e, const char *sql, int n, const char *const *params,
    long long deadline, PGresult **answer, enum engine_result *result,
    struct fault *f)
{
	enum attempt outcome = ELSEWHERE;
	char made[PG_SQL];

	if (!e->conn) {
		*result = pg_connect(e, deadline, f);
		if (*result != ENGINE_OK)
			return *result == ENGINE_DOWN ? ELSEWHERE : REFUSED;
	}
	if (!sql_make(e, sql, deadline, made)) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		*result = ENGINE_DOWN;
		return REFUSED;
	}
	e->warned = false;
	e->asked = clock_boot();
	*answer = statement_send(e, made, n, params, deadline) ?
	    answer_take(e, deadline) : NULL;
	if (*answer)
		outcome = answer_judge(e, *answer, result, f);
	else if (PQstatus(e->conn) == CONNECTION_BAD)
		pg_conn_fault(e, f);
	else
		pg_fault(e, f, "", "no answer in time");
	if (outcome != ANSWERED) {
		PQclear(*answer);
		*answer = NULL;
	}
	/* Do not reuse the connection: a late answer would be taken for that to
	 * the next statement. */
	if (outcome == ELSEWHERE || outcome == STANDBY)
		pg_disconnect(e);
	return outcome;
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

	*answer = NULL;
	pg_fault(e, f, "", "no answer in time");
	while ((left = clock_boot_left(deadline))) {
		/* An old connection that is dead says nothing of its server:
		 * connect to the same one again. */
		bool old = e->conn;

		until = left < SHARE ? deadline : deadline - left / 2;
		outcome = attempt(e, sql, n, params, until, answer, &result,
		    &now);
		if (outcome == ANSWERED)
			return ENGINE_OK;
		/* An attempt that was cut short knows less than those before
		 * it: keep their reason.  So does a standby: it does not know
		 * why its server is not there. */
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
		left = clock_boot_left(deadline);
		clock_sleep(1000L * (left < pause ? left : pause));
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
	if (!PQntuples(r))
		result = ENGINE_LOST;
	PQclear(r);
	return result;
}

const char *
pg_text(const PGresult *r, int row, int column)
{
	return PQgetvalue(r, row, column);
}

long long
pg_number(const PGresult *r, int row, int column)
{
	long long n;

	return number_parse(PQgetvalue(r, row, column), &n) < 0 ? 0 : n;
}
