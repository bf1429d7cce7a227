/*
 * postgresql_open.c: parse a postgresql URL; open and close a handle.
 *
 *	postgresql://HOST[:PORT][,...]/DATABASE?user=...&WORD=...
 *
 * A word that libpq has, too, means what it means to libpq, except passfile: as
 * for other engines, that file contains only the password (without passfile,
 * libpq reads its own, ~/.pgpass).  ca, cert and key are sslrootcert, sslcert
 * and sslkey.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cluster/postgresql.h"

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
	e->ear.fd = e->ear.bell = -1;
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
	if (e->ear.fd >= 0)
		close(e->ear.fd);
	if (e->ear.bell >= 0)
		close(e->ear.bell);
	explicit_bzero(e->password, sizeof(e->password));
	free(e);
}
