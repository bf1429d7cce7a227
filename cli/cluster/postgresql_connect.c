/*
 * postgresql_connect.c: the servers that a URL names, and connecting to one by a
 * deadline; what PostgreSQL's errors mean.
 *
 *	postgresql://HOST[:PORT][,...]/DATABASE?user=...&WORD=...
 *
 * A word that libpq has, too, means what it means to libpq, except passfile: as
 * for other engines, that file contains only the password (without passfile,
 * libpq reads its own, ~/.pgpass).  ca, cert and key are sslrootcert, sslcert
 * and sslkey.  libpq's blocking calls have no time limit, nor has its resolver.
 * So libpq is given an address, and is polled.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/library.h"
#include "cli/base/text.h"
#include "cli/cluster/postgresql.h"

/*
 * PostgreSQL's errors: what each means to an engine, and what a user can do.
 */

#define INIT ": an administrator has to run: onlyone-cluster init"
#define MAKES ": the database's owner or an administrator has to run:" \
	" onlyone-cluster init --make"

/* By SQLSTATE (PostgreSQL's manual, appendix A) or its prefix, and a part of the
 * message; first match. */
static const struct {
	const char *state, *words;
	enum engine_result result;
	const char *advice;
} meanings[] = {
	{ "", "", ENGINE_DOWN, "" },
	{ "25006", "", ENGINE_DOWN, ": it is a standby, or read-only for this"
	    " user; the URL has to name a server that can be written to" },
	{ "28", "", ENGINE_DENIED, "" },
	{ "42501", "denied for schema", ENGINE_DENIED, MAKES },
	{ "42501", "must be owner", ENGINE_DENIED, MAKES },
	{ "42501", "", ENGINE_DENIED, ": its owner has to run: grant onlyone to the"
	    " user (see onlyone-cluster init)" },
	{ "42P01", "", ENGINE_SETUP, INIT },
	{ "3F000", "", ENGINE_SETUP, INIT },
	{ "3D000", "", ENGINE_SETUP, "" },
	{ "42703", "", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42804", "", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42P10", "", ENGINE_SETUP, ": the table is of another version" INIT },
	{ "42883", "", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed, and an"
	    " administrator has to run: onlyone-cluster init" },
	{ "42601", "", ENGINE_SETUP, ": PostgreSQL 11 or newer is needed" },
	{ "0A", "", ENGINE_SETUP, "" },
	{ "22", "", ENGINE_SETUP, "" },
	{ "23", "", ENGINE_SETUP, "" },
	{ "42", "", ENGINE_SETUP, "" },
	{ "53300", "", ENGINE_DOWN, ": each instance and each waiting launch has"
	    " a connection; put pgbouncer in transaction mode before it" },
};

enum engine_result
pg_fault(const struct engine *e, struct fault *f, const char *state,
    const char *words)
{
	const struct conn_peer *s = &e->server[e->at];
	char name[URL_SERVER];
	size_t n = 0;

	for (size_t i = 1; i < sizeof(meanings) / sizeof(*meanings) && !n; i++)
	{
		if (!strncmp(state, meanings[i].state,
		    strlen(meanings[i].state)) &&
		    strstr(words, meanings[i].words))
			n = i;
	}
	fault_set(f, 0, "PostgreSQL at ", url_server(s->host, s->port, name),
	    ": ", words, meanings[n].advice, NULL);
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
	const char *words = state_find(pq.errorMessage(e->conn), state);
	const char *cert = url_word(&e->url, "cert");
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
		    engine_tls(line, cert ? cert : url_word(&e->url,
		    "sslcert"), f);
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
	const struct conn_peer *s = &e->server[e->at];
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

bool
pg_conn_wait(struct engine *e, short events, long long deadline)
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
		if (!pg_conn_wait(e, state == PGRES_POLLING_READING ? POLLIN :
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
		result = pg_conn_fault(e, f);
	else if (pq.setnonblocking(e->conn, 1) == 0)
		result = ENGINE_OK;
	if (result != ENGINE_OK)
		pg_disconnect(e);
	else
		e->pooled = PG_UNKNOWN;
	return result;
}

enum engine_result
pg_connect(struct engine *e, long long deadline, struct fault *f)
{
	struct conn_peer *s = &e->server[e->at];
	enum engine_result result = ENGINE_DOWN;
	long long limit;

	if (*s->host == '/')
		return address_try(e, NULL, deadline, f);
	if (!conn_resolve(s, "PostgreSQL", deadline, f))
		return ENGINE_DOWN;
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
	e->prepared = false;
	e->plain |= e->ear.prepares &&
	    pq.transactionStatus(e->conn) == PQTRANS_INERROR;
	e->ear.prepares = false;
	pq.clear(e->early);
	pq.clear(e->part);
	e->early = e->part = NULL;
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
		    " cannot be loaded: ", library_reason(), NULL);
		return ENGINE_DOWN;
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
