/*
 * url_fuzz.c: any text as the URL of a cluster.
 *
 * What is taken for one says no more than the text does: put together again of
 * its parts it is the same but for what was written in %XX, and so it is taken
 * apart again.  No password is in it, nor in what is said of one that is none;
 * and its engine takes it or says why not.
 */
#include <stdbool.h>
#include <string.h>

#include "cli/cluster/engine.h"
#include "cli/cluster/resolve.h"
#include "cli/base/number.h"
#include "cli/base/text.h"
#include "tests/fuzz/fuzz.h"

/* A value, so that it can stand in a URL. */
static void
value_put(struct text *t, const char *s)
{
	for (; *s; s++) {
		if (strchr("%&=?#", *s) || (unsigned char)*s <= ' ' ||
		    *s == 0x7f) {
			text_add(t, "%");
			text_hex(t, (const unsigned char *)s, 1);
		} else {
			text_mem(t, s, 1);
		}
	}
}

static void
remake(const struct url *u)
{
	static struct url again;
	char text[4 * URL_MOST];
	struct fault f;
	struct text t;

	t = text_in(text, sizeof(text));
	text_add(&t, u->scheme);
	text_add(&t, "://");
	for (int i = 0; i < u->hosts; i++) {
		bool six = strchr(u->host[i].name, ':');

		text_add(&t, i ? "," : "");
		text_add(&t, six ? "[" : "");
		text_add(&t, u->host[i].name);
		text_add(&t, six ? "]" : "");
		text_add(&t, u->host[i].port ? ":" : "");
		text_add(&t, u->host[i].port ? u->host[i].port : "");
	}
	text_add(&t, "/");
	value_put(&t, u->path);
	for (int i = 0; i < u->words; i++) {
		text_add(&t, i ? "&" : "?");
		text_add(&t, u->word[i].name);
		text_add(&t, "=");
		value_put(&t, u->word[i].value);
	}
	MUST(!t.cut);
	if (t.len >= URL_MOST)
		return;
	MUST(url_parse(&again, text, NULL, NULL, 0, &f));
	MUST(again.hosts == u->hosts && again.words == u->words &&
	    !strcmp(again.scheme, u->scheme) && !strcmp(again.path, u->path));
	for (int i = 0; i < u->hosts; i++)
		MUST(!strcmp(again.host[i].name, u->host[i].name) &&
		    !again.host[i].port == !u->host[i].port);
	for (int i = 0; i < u->words; i++)
		MUST(!strcmp(again.word[i].name, u->word[i].name) &&
		    !strcmp(again.word[i].value, u->word[i].value));
}

static void
parts_check(const struct url *u)
{
	long long port;

	MUST((u->hosts || url_word(u, "host")) && u->hosts <= URL_HOSTS &&
	    u->words <= URL_WORDS);
	for (int i = 0; i < u->hosts; i++) {
		const char *name = u->host[i].name;

		MUST(*name && !name[strcspn(name, "@/?,%[] \"'\\")]);
		MUST(!u->host[i].port || (number_parse(u->host[i].port,
		    &port) == 0 && port > 0 && port < 65536));
	}
	MUST(!url_word(u, "password"));
}

/* What an engine makes of it; no file is to be read here. */
static void
engine_try(const struct engine_calls *calls, const char *text)
{
	struct fault f = { .line = "" };
	struct engine *e;
	enum engine_result r;

	if (!calls || strstr(text, "passfile"))
		return;
	r = calls->open(&e, text, "u/ann/job", &f);
	MUST((r == ENGINE_OK) == !!e && (e || *f.line));
	if (!e)
		return;
	MUST(strstr(calls->stored(e), "u/ann/job"));
	calls->close(e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct url u;
	struct fault f = { .line = "" };
	char text[SEED_MAX + 1];

	if (size > SEED_MAX)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (url_parse(&u, text, NULL, NULL, 0, &f)) {
		parts_check(&u);
		remake(&u);
	} else {
		MUST(*f.line && !strstr(f.line, "hunter2"));
	}
	engine_try(engine_of(text), text);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const urls[] = { "etcd://127.0.0.1:2379",
	    "etcds://h1:2379,h2,[fe80::1]:1/a/b?ca=/x&cert=%2fy&key=/z",
	    "etcd://h:1/?insecure&user=a", "etcd://ann:hunter2@h",
	    "postgresql://db,other:5433/name?user=ann&sslmode=verify-full"
	    "&table=s.t&host=/run", "postgresql:///%6eame?host=%2frun",
	    "postgresql://h/?password=hunter2" };

	if (n >= sizeof(urls) / sizeof(*urls))
		return -1;
	*size = strlen(urls[n]);
	memcpy(at, urls[n], *size);
	return 0;
}
