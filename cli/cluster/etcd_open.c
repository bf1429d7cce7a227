/*
 * etcd_open.c: parse an etcd URL; open and close a handle.
 *
 *	etcd[s]://HOST[:PORT][,...][/PREFIX][?NAME=VALUE[&...]]
 *
 * PREFIX is "onlyone" if not given.  A URL that is not safe is refused before
 * anything is sent: such as plain text to another host without `insecure`.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cluster/etcd.h"
#include "cli/base/text.h"

#define PORT "2379"

static const char *const known[] = { "insecure", "user", "passfile", "ca",
	"cert", "key", NULL };

static void
member_set(struct engine *e, const char *host, const char *port, bool tls)
{
	struct etcd_member *m = &e->member[e->members++];
	bool six = strchr(host, ':');

	m->host = host;
	m->port = port ? port : PORT;
	text_join(m->base, sizeof(m->base), tls ? "https://" : "http://",
	    six ? "[" : "", host, six ? "]:" : ":", m->port, NULL);
	m->peer.base = m->base;
	if (tls) {
		m->peer.ca = url_word(&e->url, "ca");
		m->peer.cert = url_word(&e->url, "cert");
		m->peer.key = url_word(&e->url, "key");
	}
}

/* Paths must be absolute: the holder reads them, and its directory is /. */
static bool
paths_check(const struct url *u, struct fault *f)
{
	static const char *const files[] = { "passfile", "ca", "cert", "key" };
	const char *path;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		path = url_word(u, files[i]);
		if (path && *path != '/') {
			fault_set(f, 0, files[i], "= in the cluster's URL wants"
			    " an absolute path", NULL);
			return false;
		}
	}
	return true;
}

/* Check that the URL's words make sense, and are safe.  asks: the store is to be
 * asked. */
static bool
words_check(struct engine *e, bool tls, bool asks, struct fault *f)
{
	const struct url *u = &e->url;
	const char *secret = url_word(u, "passfile");

	if (!url_known(u, known, f) || !paths_check(u, f))
		return false;
	e->user = url_word(u, "user");
	if (asks && !e->user != !secret) {
		fault_set(f, 0, "the cluster's URL needs both user= and"
		    " passfile=, or none of them", NULL);
		return false;
	}
	if (!tls && (url_word(u, "ca") || url_word(u, "cert") ||
	    url_word(u, "key"))) {
		fault_set(f, 0, "certificates are for etcds://, and the"
		    " cluster's URL begins with etcd://", NULL);
		return false;
	}
	for (int i = 0; i < u->hosts && !tls && !url_word(u, "insecure"); i++) {
		if (!url_loopback(u->host[i].name)) {
			fault_set(f, 0, "etcd://", u->host[i].name, " would be"
			    " plain text over the network: write etcds://, or"
			    " say ?insecure", NULL);
			return false;
		}
	}
	return !asks || !secret || url_secret(secret, e->password,
	    sizeof(e->password), f);
}

static bool
name_set(struct engine *e, const char *key, struct fault *f)
{
	size_t len = strlen(e->url.path);
	struct text t;

	while (len && e->url.path[len - 1] == '/')
		len--;
	t = text_in(e->key, sizeof(e->key));
	if (len)
		text_mem(&t, e->url.path, len);
	else
		text_add(&t, "onlyone");
	text_add(&t, "/v1/");
	e->prefix = t.len;
	text_all(&t, "l/", key, NULL);
	if (t.cut)
		fault_set(f, 0, "the prefix in the cluster's URL is too long",
		    NULL);
	return !t.cut;
}

enum engine_result
etcd_open(struct engine **out, const char *url, const char *key,
    struct fault *f)
{
	struct engine *e = calloc(1, sizeof(*e));
	bool tls;

	*out = NULL;
	if (!e || !(e->http = http_open())) {
		free(e);
		fault_errno(f, 0, ENOMEM, "etcd", NULL);
		return ENGINE_DOWN;
	}
	e->heard = (struct buf){ 0 };
	if (!url_parse(&e->url, url, f))
		goto bad;
	tls = !strcmp(e->url.scheme, "etcds");
	if (!words_check(e, tls, key, f) || !name_set(e, key ? key : "", f))
		goto bad;
	for (int i = 0; i < e->url.hosts; i++)
		member_set(e, e->url.host[i].name, e->url.host[i].port, tls);
	*out = e;
	return ENGINE_OK;
bad:
	etcd_close(e);
	return ENGINE_SETUP;
}

void
etcd_close(struct engine *e)
{
	if (!e)
		return;
	http_close(e->http);
	buf_free(&e->heard);
	explicit_bzero(e->password, sizeof(e->password));
	free(e);
}

const char *
etcd_name(const struct engine *e, char kind, const char *id,
    char out[ETCD_NAME])
{
	struct text t = text_in(out, ETCD_NAME);

	text_mem(&t, e->key, e->prefix);
	text_mem(&t, &kind, 1);
	text_all(&t, e->key + e->prefix + 1, "//", id, NULL);
	return out;
}
