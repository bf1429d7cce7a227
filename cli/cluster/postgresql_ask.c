/*
 * postgresql_ask.c: the servers that a URL names; connect to one, and run one
 * statement, by a deadline.
 *
 *	postgresql://HOST[:PORT][,...]/DATABASE?user=...&WORD=...
 *
 * A word that libpq has, too, means what it means to libpq, except passfile: as
 * for other engines, that file contains only the password (without passfile,
 * libpq reads its own, ~/.pgpass).  ca, cert and key are sslrootcert, sslcert
 * and sslkey.  libpq's blocking calls have no time limit, nor has its resolver.
 * So libpq is given an address, and is polled.
 *
 * Each statement may be sent again (postgresql.h): without an answer, we send
 * it on a new connection, to the next server, and pause after each round.  An
 * attempt gets half of the time that is left, or a few seconds where there is no
 * other server.  What a server that has let us in refuses is refused for good; if
 * it does not let us in, another server may.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/library.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

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
	    " user (see onlyone-cluster init)" },
	{ "42P01", ENGINE_SETUP, INIT },
	{ "3F000", ENGINE_SETUP, INIT },
	{ "3D000", ENGINE_SETUP, "" },
	{ "42703", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42804", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42P10", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42883", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed, and an"
	    " administrator has to run: onlyone-cluster init" },
	{ "42601", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed" },
	{ "0A", ENGINE_SETUP, "" },
	{ "22", ENGINE_SETUP, "" },
	{ "23", ENGINE_SETUP, "" },
	{ "42", ENGINE_SETUP, "" },
	{ "53300", ENGINE_DOWN, ": each instance and each waiting launch has"
	    " a connection; put pgbouncer in transaction mode before it" },
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

/* The same for a connection that has failed. */
static enum engine_result
conn_fault(const struct engine *e, struct fault *f)
{
	char state[6], line[512];
	const char *words = state_find(pq.errorMessage(e->conn), state);
	struct text t;

	enum engine_result result;

	t = text_in(line, sizeof(line));
	text_mem(&t, words, strcspn(words, "\n"));
	if (pq.connectionNeedsPassword(e->conn)) {
		strcpy(state, "28P01");
		text_add(&t, ": the URL needs passfile=FILE");
	}
	result = pg_fault(e, f, state, line);
	/* libpq does not say why, and has forgotten the certificate. */
	if (strstr(line, "certificate verify failed"))
		fault_more(f, ": it has expired, or ca=FILE in the URL does"
		    " not name the authority that has issued it (see openssl"
		    " s_client -starttls postgres)", NULL);
	/* Errors that libpq finds itself have no SQLSTATE. */
	if (!*state)
		result = strstr(line, "does not support SSL") ? ENGINE_SETUP :
		    engine_tls(line, f);
	return result;
}

#define PORT "5432"

static const char *const known[] = { "insecure", "user", "passfile", "ca",
	"cert", "key", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl",
	"ssl_min_protocol_version", "channel_binding", "host", "table", NULL };

static bool
is_local(const char *host)
{
	return *host == '/' || url_loopback(host);
}

static bool
is_plain(const char *mode)
{
	return !strcmp(mode, "disable") || !strcmp(mode, "allow") ||
	    !strcmp(mode, "prefer");
}

/* SQL gets the name as it is: allow only SCHEMA.NAME in lower case. */
static bool
table_set(struct engine *e, const char *name, struct fault *f)
{
	const char *dot = strchr(name, '.');
	const char *rest = dot ? dot + 1 : name;
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz_0123456789";

	if (strlen(name) + sizeof("public.") + 16 > PG_TABLE || !*rest ||
	    dot == name || rest[strspn(rest, letters)] ||
	    (dot && strspn(name, letters) != (size_t)(dot - name)) ||
	    strchr("0123456789", *name) || strchr("0123456789", *rest)) {
		fault_set(f, 0, "the cluster's URL has table=", name,
		    ": it is SCHEMA.NAME, in lower case, without quotes", NULL);
		return false;
	}
	strcpy(e->table, dot ? "" : "public.");
	strcat(e->table, name);
	return true;
}

static bool
words_check(struct engine *e, struct fault *f)
{
	const struct url *u = &e->url;
	const char *mode = url_word(u, "sslmode");
	const char *table = url_word(u, "table");

	if (!table_set(e, table ? table : "onlyone", f))
		return false;
	for (int i = 0; i < e->servers && !url_word(u, "insecure"); i++) {
		if (is_local(e->server[i].host) || !mode || !is_plain(mode))
			continue;
		fault_set(f, 0, "sslmode=", mode, " would send plain text"
		    " over the network to ", e->server[i].host, ": leave it"
		    " out, or add ?insecure", NULL);
		return false;
	}
	return true;
}

static void
servers_set(struct engine *e)
{
	const char *folder = url_word(&e->url, "host");

	/* With host=FOLDER the URL may name no host: that is one server. */
	e->servers = e->url.hosts ? e->url.hosts : 1;
	for (int i = 0; i < e->servers; i++) {
		const char *port = e->url.host[i].port;

		e->server[i].host = folder && *folder == '/' ? folder :
		    e->url.host[i].name;
		e->server[i].port = port ? port : PORT;
	}
}

enum { WORDS = 24 };

struct words {
	const char *name[WORDS + 1], *value[WORDS + 1];
	int n;
};

static void
option_add(struct words *w, const char *name, const char *value)
{
	if (!value)
		return;
	w->name[w->n] = name;
	w->value[w->n++] = value;
}

/* A word of libpq's, for which our URLs have another name, too. */
static void
word_of(struct words *w, const struct url *u, const char *ours,
    const char *name)
{
	const char *value = url_word(u, name);

	option_add(w, name, value ? value : url_word(u, ours));
}

static void
words_make(const struct engine *e, const char *address, const char *password,
    struct words *w)
{
	const struct pg_server *s = &e->server[e->at];
	const struct url *u = &e->url;
	const char *mode = url_word(u, "sslmode");
	bool ca = url_word(u, "ca") || url_word(u, "sslrootcert");

	memset(w, 0, sizeof(*w));
	option_add(w, "host", s->host);
	option_add(w, "hostaddr", address);
	option_add(w, "port", s->port);
	option_add(w, "dbname", *u->path ? u->path : NULL);
	option_add(w, "user", url_word(u, "user"));
	option_add(w, "password", *password ? password : NULL);
	/* A URL that names a CA wants the server to be verified. */
	if (!mode && (*s->host == '/' || (!ca && (url_loopback(s->host) ||
	    url_word(u, "insecure")))))
		mode = "prefer";
	option_add(w, "sslmode", mode ? mode : "verify-full");
	word_of(w, u, "ca", "sslrootcert");
	word_of(w, u, "cert", "sslcert");
	word_of(w, u, "key", "sslkey");
	option_add(w, "sslcrl", url_word(u, "sslcrl"));
	option_add(w, "ssl_min_protocol_version",
	    url_word(u, "ssl_min_protocol_version"));
	option_add(w, "channel_binding", url_word(u, "channel_binding"));
	option_add(w, "gssencmode", "disable"); /* GSS has no time limit */
	option_add(w, "client_encoding", "UTF8");
	option_add(w, "application_name", "onlyone");
	/* Otherwise a connection that only listens misses its server's end. */
	option_add(w, "keepalives_idle", "10");
	option_add(w, "keepalives_interval", "5");
	option_add(w, "keepalives_count", "3");
}

static bool
conn_wait(struct engine *e, short events, long long deadline)
{
	int left = clock_boot_left(deadline);

	return left && io_wait(pq.socket(e->conn), events, left) > 0;
}

/* A WARNING during a request: the commit did not wait for the standby. */
static void
on_notice(void *arg, const PGresult *r)
{
	struct engine *e = arg;
	const char *how = pq.resultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (how && !strcmp(how, "WARNING"))
		e->warned = true;
}

static bool
connect_finish(struct engine *e, long long deadline)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state == PGRES_POLLING_READING ||
	    state == PGRES_POLLING_WRITING) {
		if (!conn_wait(e, state == PGRES_POLLING_READING ? POLLIN :
		    POLLOUT, deadline))
			return false;
		state = pq.connectPoll(e->conn);
	}
	return true;
}

static enum engine_result
address_try(struct engine *e, const char *address, long long deadline,
    struct fault *f)
{
	enum engine_result result = ENGINE_DOWN;
	char password[URL_PASSWORD];
	struct words w;

	if (!url_password(&e->url, password, f))
		return ENGINE_SETUP;
	words_make(e, address, password, &w);
	e->conn = pq.connectStartParams(w.name, w.value, 0);
	explicit_bzero(password, sizeof(password));
	if (!e->conn) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		return ENGINE_DOWN;
	}
	pq.setNoticeReceiver(e->conn, on_notice, e);
	/* Only a verbose message has the SQLSTATE of a failed connection. */
	pq.setErrorVerbosity(e->conn, PQERRORS_VERBOSE);
	if (pq.status(e->conn) != CONNECTION_BAD && !connect_finish(e, deadline))
		pg_fault(e, f, "", "no answer in time");
	else if (pq.status(e->conn) != CONNECTION_OK)
		result = conn_fault(e, f);
	else if (pq.setnonblocking(e->conn, 1) == 0)
		result = ENGINE_OK;
	if (result != ENGINE_OK)
		pg_disconnect(e);
	else
		e->pooled = PG_UNKNOWN;
	return result;
}

/* Resolve the host once, and again after no address has worked: its name may
 * mean another server by now.  If that fails, keep the old addresses. */
static bool
addresses_get(struct pg_server *s, long long deadline, struct fault *f)
{
	char fresh[RESOLVE_MOST][RESOLVE_TEXT];
	const char *why;
	int n;

	if (*s->host == '/' || (s->addresses && !s->stale))
		return true;
	n = resolve_host(s->host, s->addresses ? clock_boot_half(deadline) :
	    deadline, fresh, &why);
	if (n) {
		memcpy(s->address, fresh, sizeof(fresh));
		s->addresses = n;
		s->stale = false;
	}
	if (!s->addresses)
		fault_set(f, 0, "PostgreSQL at ", s->host, ": ", why, NULL);
	return s->addresses;
}

static enum engine_result
server_connect(struct engine *e, long long deadline, struct fault *f)
{
	struct pg_server *s = &e->server[e->at];
	enum engine_result result = ENGINE_DOWN;
	long long limit;

	if (!addresses_get(s, deadline, f))
		return ENGINE_DOWN;
	if (*s->host == '/')
		return address_try(e, NULL, deadline, f);
	for (int i = 0; i < s->addresses && result == ENGINE_DOWN; i++) {
		limit = i + 1 == s->addresses ? deadline :
		    clock_boot_half(deadline);
		result = address_try(e, s->address[i], limit, f);
	}
	s->stale = result != ENGINE_OK;
	return result;
}

void
pg_disconnect(struct engine *e)
{
	if (!e->conn)
		return;
	/* Nothing is heard until the next watch: pg_heard tells. */
	e->ear.how = EAR_NONE;
	e->due = 0;
	pq.clear(e->early);
	e->early = NULL;
	pq.finish(e->conn);
	e->conn = NULL;
}

struct pg_calls pq;

enum engine_result
pg_open(struct engine **out, const char *url, const char *key,
    struct fault *f)
{
	static const char *const names[] = { PG_CALLS(PG_NAME) NULL };
	struct engine *e;

	*out = NULL;
	if (!library_load("libpq.so.5", names, &pq)) {
		fault_set(f, 0, "PostgreSQL is asked through libpq, which"
		    " cannot be loaded: is it installed?", NULL);
		return ENGINE_SETUP;
	}
	e = calloc(1, sizeof(*e));
	if (!e) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		return ENGINE_DOWN;
	}
	if (!url_parse(&e->url, url, known, f) ||
	    (key && !url_password(&e->url, NULL, f)))
		goto bad;
	servers_set(e);
	if (!words_check(e, f))
		goto bad;
	strncpy(e->key, key ? key : "", sizeof(e->key) - 1);
	*out = e;
	return ENGINE_OK;
bad:
	pg_close(e);
	return ENGINE_SETUP;
}

void
pg_close(struct engine *e)
{
	if (!e)
		return;
	pg_disconnect(e);
	free(e);
}

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

static bool
statement_send(struct engine *e, const char *sql, int n,
    const char *const *params, long long deadline)
{
	int more;

	if (!pq.sendQueryParams(e->conn, sql, n, NULL, params, NULL, NULL, 0))
		return false;
	while ((more = pq.flush(e->conn)) > 0) {
		if (!conn_wait(e, POLLIN | POLLOUT, deadline) ||
		    !pq.consumeInput(e->conn))
			return false;
	}
	return more == 0;
}

/* The server has committed only when PQgetResult has returned NULL after the
 * result. */
static PGresult *
answer_take(struct engine *e, long long deadline)
{
	PGresult *answer = NULL, *next;

	for (;;) {
		while (pq.isBusy(e->conn)) {
			if (!conn_wait(e, POLLIN, deadline) ||
			    !pq.consumeInput(e->conn))
				goto none;
		}
		next = pq.getResult(e->conn);
		if (!next)
			break;
		pq.clear(answer);
		answer = next;
	}
	pg_ear_take(e);
	return answer;
none:
	pq.clear(answer);
	return NULL;
}

bool
pg_answered(struct engine *e)
{
	return e->early || !e->conn || !pq.isBusy(e->conn);
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
	if (e->due - clock_boot() < LATE || !pq.isBusy(e->conn))
		e->early = answer_take(e, until);
	if (e->early)
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
		result = server_connect(e, deadline, f);
		if (result != ENGINE_OK)
			return result;
	}
	if (!pg_sql(e, sql, deadline, made)) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		return ENGINE_SETUP;
	}
	e->warned = false;
	e->asked = clock_boot();
	if (statement_send(e, made, n, params, deadline))
		return ENGINE_OK;
	if (pq.status(e->conn) == CONNECTION_BAD)
		conn_fault(e, f);
	else
		pg_fault(e, f, "", "no answer in time");
	return ENGINE_DOWN;
}

enum engine_result
pg_send(struct engine *e, const char *sql, int n, const char *const *params,
    long long due, long long deadline, struct fault *f)
{
	enum engine_result result;

	if (!e->conn || e->due) {
		pg_fault(e, f, "", "the connection has ended");
		return ENGINE_DOWN;
	}
	result = statement_begin(e, sql, n, params, deadline, f);
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
		conn_fault(e, f);
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
	found->line = false;
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
