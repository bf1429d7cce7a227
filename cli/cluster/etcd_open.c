/*
 * etcd_open.c: a handle of the engine, made from a URL.
 *
 *	etcd[s]://HOST[:PORT][,...][/PREFIX][?NAME=VALUE[&...]]
 *
 * PREFIX is "onlyone" if not given.  A URL that is not safe is refused before
 * anything is sent: for example plain text to another host without `insecure`.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/text.h"
#include "cli/cluster/etcd.h"

#define PORT "2379"

static const char *const known[] = { "insecure", "user", "passfile", "ca",
	"cert", "key", NULL };

static void
member_set(struct engine *e, const char *host, const char *port, bool tls)
{
	e->member[e->members++] = (struct conn_peer){ .host = host,
		.port = port ? port : PORT, .tls = tls,
		.ca = url_word(&e->url, "ca"),
		.cert = url_word(&e->url, "cert"),
		.key = url_word(&e->url, "key") };
}

/* Check that the URL's words make sense, and are safe.  asks: the store is to be
 * asked. */
static bool
words_check(struct engine *e, bool tls, bool asks, struct fault *f)
{
	const struct url *u = &e->url;
	const char *secret = url_word(u, "passfile");

	e->user = url_word(u, "user");
	if (asks && !e->user != !secret) {
		fault_set(f, 0, "the cluster's URL needs both user= and"
		    " passfile=, or neither", NULL);
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
			fault_set(f, 0, "etcd://", u->host[i].name, " would"
			    " send plain text over the network: write etcds://,"
			    " or add ?insecure", NULL);
			return false;
		}
	}
	return true;
}

static bool
name_set(struct engine *e, const char *key, struct fault *f)
{
	enum { ID_MOST = 20 /* digits of the number that follows */ };
	size_t len = strlen(e->url.path);
	struct text t;

	while (len && e->url.path[len - 1] == '/')
		len--;
	t = text_in(e->line, sizeof(e->line) - ID_MOST);
	if (len)
		text_mem(&t, e->url.path, len);
	else
		text_add(&t, "onlyone");
	text_add(&t, "/v1/");
	e->prefix = t.len;
	text_all(&t, "q/", key, "//", NULL);
	if (t.cut) {
		fault_set(f, 0, "the prefix in the cluster's URL is too long",
		    NULL);
		return false;
	}
	etcd_end(e->line, e->line_end);
	memcpy(e->key, e->line, t.len - strlen("//"));
	e->key[e->prefix] = 'l';
	return true;
}

enum engine_result
etcd_open(struct engine **out, const char *url, const char *key,
    struct fault *f)
{
	struct engine *e = calloc(1, sizeof(*e));
	enum engine_result r = ENGINE_SETUP;
	bool tls;

	*out = NULL;
	if (!e || !(e->grpc = grpc_open())) {
		free(e);
		fault_errno(f, 0, ENOMEM, "etcd", NULL);
		return ENGINE_DOWN;
	}
	if (!url_parse(&e->url, url, known, f) ||
	    (key && !url_password(&e->url, NULL, f)))
		goto bad;
	tls = !strcmp(e->url.scheme, "etcds");
	if (tls && key && !conn_load(f)) {
		r = ENGINE_DOWN;
		goto bad;
	}
	if (!words_check(e, tls, key, f) || !name_set(e, key ? key : "", f))
		goto bad;
	for (int i = 0; i < e->url.hosts; i++)
		member_set(e, e->url.host[i].name, e->url.host[i].port, tls);
	/* Not all hosts must ask the first one. */
	e->at = (int)arc4random_uniform((uint32_t)e->members);
	*out = e;
	return ENGINE_OK;
bad:
	etcd_close(e);
	return r;
}

void
etcd_close(struct engine *e)
{
	if (!e)
		return;
	grpc_close(e->grpc);
	buf_free(&e->ear.in);
	free(e);
}
