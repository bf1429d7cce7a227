/*
 * postgresql_connect.c: connect to a server, by a deadline.
 *
 * libpq's blocking calls have no time limit, nor has its resolver.  So libpq is
 * given an address, and is polled.
 */
#include <errno.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/postgresql.h"
#include "cli/base/io.h"

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
		pg_ear_begin(e);
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
	pg_ear_end(e);
	PQfinish(e->conn);
	e->conn = NULL;
}
