/*
 * postgresql_connect.c: the servers that a URL names; connect to one, by a
 * deadline.
 *
 *	postgresql://HOST[:PORT][,...]/DATABASE?user=...&WORD=...
 *
 * A word that libpq has, too, means what it means to libpq, except passfile: as
 * for other engines, that file contains only the password (without passfile,
 * libpq reads its own, ~/.pgpass).  ca, cert and key are sslrootcert, sslcert
 * and sslkey.
 *
 * libpq's blocking calls have no time limit, nor has its resolver.  So libpq is
 * given an address, and is polled.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/cluster/postgresql.h"
#include "cli/base/io.h"

#define PORT "5432"

static const char *const known[] = { "insecure", "user", "passfile", "ca",
	"cert", "key", "sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl",
	"ssl_min_protocol_version", "channel_binding", "host", "table", NULL };

/* Remove libpq's variables from the environment: they could send a request
 * elsewhere (PGHOST, PGSERVICE), or change it (PGOPTIONS). */
static void
environment_clean(void)
{
	extern char **environ;
	char name[64];
	size_t len;

	for (char **v = environ; *v;) {
		len = strcspn(*v, "=");
		if (strncmp(*v, "PG", 2) || len >= sizeof(name)) {
			v++;
			continue;
		}
		memcpy(name, *v, len);
		name[len] = '\0';
		unsetenv(name); /* moves the following ones up to v */
	}
}

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
words_check(struct engine *e, bool asks, struct fault *f)
{
	const struct url *u = &e->url;
	const char *mode = url_word(u, "sslmode");
	const char *table = url_word(u, "table");
	const char *secret = url_word(u, "passfile");

	if (!url_known(u, known, f) || (asks && secret && !url_secret(secret,
	    e->password, sizeof(e->password), f)) ||
	    !table_set(e, table ? table : "onlyone", f))
		return false;
	for (int i = 0; i < e->servers && !url_word(u, "insecure"); i++) {
		if (is_local(e->server[i].host) || !mode || !is_plain(mode))
			continue;
		fault_set(f, 0, "sslmode=", mode, " would be plain text over"
		    " the network to ", e->server[i].host, ": leave it out, or"
		    " say ?insecure", NULL);
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
word(struct words *w, const char *name, const char *value)
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

	word(w, name, value ? value : url_word(u, ours));
}

static void
words_make(const struct engine *e, const char *address, struct words *w)
{
	const struct pg_server *s = &e->server[e->at];
	const struct url *u = &e->url;
	const char *mode = url_word(u, "sslmode");
	bool ca = url_word(u, "ca") || url_word(u, "sslrootcert");

	memset(w, 0, sizeof(*w));
	word(w, "host", s->host);
	word(w, "hostaddr", address);
	word(w, "port", s->port);
	word(w, "dbname", *u->path ? u->path : NULL);
	word(w, "user", url_word(u, "user"));
	word(w, "password", *e->password ? e->password : NULL);
	/* A URL that names a CA wants the server to be verified. */
	if (!mode && (*s->host == '/' || (!ca && (url_loopback(s->host) ||
	    url_word(u, "insecure")))))
		mode = "prefer";
	word(w, "sslmode", mode ? mode : "verify-full");
	word_of(w, u, "ca", "sslrootcert");
	word_of(w, u, "cert", "sslcert");
	word_of(w, u, "key", "sslkey");
	word(w, "sslcrl", url_word(u, "sslcrl"));
	word(w, "ssl_min_protocol_version",
	    url_word(u, "ssl_min_protocol_version"));
	word(w, "channel_binding", url_word(u, "channel_binding"));
	word(w, "gssencmode", "disable"); /* GSS has no time limit */
	word(w, "client_encoding", "UTF8");
	word(w, "application_name", "onlyone");
	/* Otherwise a connection that only listens misses its server's end. */
	word(w, "keepalives_idle", "10");
	word(w, "keepalives_interval", "5");
	word(w, "keepalives_count", "3");
}

bool
pg_wait(struct engine *e, short events, long long deadline)
{
	int left = clock_boot_left(deadline);

	return left && io_wait(PQsocket(e->conn), events, left) > 0;
}

/* A WARNING during a request: the commit did not wait for the standby. */
static void
on_notice(void *arg, const PGresult *r)
{
	struct engine *e = arg;
	const char *how = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (how && !strcmp(how, "WARNING"))
		e->warned = true;
}

static bool
handshake(struct engine *e, long long deadline)
{
	PostgresPollingStatusType state = PGRES_POLLING_WRITING;

	while (state == PGRES_POLLING_READING ||
	    state == PGRES_POLLING_WRITING) {
		if (!pg_wait(e, state == PGRES_POLLING_READING ? POLLIN :
		    POLLOUT, deadline))
			return false;
		state = PQconnectPoll(e->conn);
	}
	return true;
}

static enum engine_result
address_try(struct engine *e, const char *address, long long deadline,
    struct fault *f)
{
	enum engine_result result = ENGINE_DOWN;
	struct words w;

	words_make(e, address, &w);
	e->conn = PQconnectStartParams(w.name, w.value, 0);
	if (!e->conn) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		return ENGINE_DOWN;
	}
	PQsetNoticeReceiver(e->conn, on_notice, e);
	/* Only a verbose message has the SQLSTATE of a failed connection. */
	PQsetErrorVerbosity(e->conn, PQERRORS_VERBOSE);
	if (PQstatus(e->conn) != CONNECTION_BAD && !handshake(e, deadline))
		pg_fault(e, f, "", "no answer in time");
	else if (PQstatus(e->conn) != CONNECTION_OK)
		result = pg_conn_fault(e, f);
	else if (PQsetnonblocking(e->conn, 1) == 0)
		result = ENGINE_OK;
	if (result != ENGINE_OK)
		pg_disconnect(e);
	else
		e->ear.direct = false;
	return result;
}

/* Resolve the host once, and again after no address has worked: its name may
 * mean another server by now.  If that fails, go on with the old addresses. */
static bool
addresses_get(struct pg_server *s, long long deadline, struct fault *f)
{
	char fresh[RESOLVE_MOST][RESOLVE_TEXT];
	const char *why;
	int n;

	if (*s->host == '/' || (s->addresses && !s->stale))
		return true;
	n = resolve(s->host, s->addresses ? clock_boot_half(deadline) :
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

enum engine_result
pg_connect(struct engine *e, long long deadline, struct fault *f)
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
	/* Notifications are lost until the next watch: pg_heard tells. */
	e->ear.on = false;
	PQfinish(e->conn);
	e->conn = NULL;
}

enum engine_result
pg_open(struct engine **out, const char *url, const char *key,
    struct fault *f)
{
	struct engine *e = calloc(1, sizeof(*e));

	*out = NULL;
	if (!e) {
		fault_errno(f, 0, ENOMEM, "PostgreSQL", NULL);
		return ENGINE_DOWN;
	}
	environment_clean();
	if (!url_parse(&e->url, url, f))
		goto bad;
	servers_set(e);
	if (!words_check(e, key, f))
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
	explicit_bzero(e->password, sizeof(e->password));
	free(e);
}
