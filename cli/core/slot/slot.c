/*
 * slot.c: the name of a slot's folder.
 *
 * A readable prefix, then 128 bits of a hash over everything that tells slots
 * apart.  Each part is hashed after its length, so that parts never run
 * together.
 */
#include <sha2.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/slot.h"

enum { APP_SHOWN = 24, KEY_SHOWN = 20 };

static void
hash_part(SHA2_CTX *ctx, const char *s)
{
	uint64_t len = strlen(s);

	SHA256Update(ctx, (const uint8_t *)&len, sizeof(len));
	SHA256Update(ctx, (const uint8_t *)s, len);
}

static void
hash_end(SHA2_CTX *ctx, char hash[SLOT_HASH + 1])
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	struct text t;

	SHA256Final(sum, ctx);
	t = text_in(hash, SLOT_HASH + 1);
	text_hex(&t, sum, SLOT_HASH / 2);
}

/* Append the last component of s, in plain letters, at most max bytes. */
static void
prefix_add(struct text *t, const char *s, int max)
{
	const char *base = strrchr(s, '/');

	s = base && base[1] ? base + 1 : *s ? s : "_";
	for (; *s && max > 0; s++, max--) {
		bool plain = (*s >= 'a' && *s <= 'z') ||
		    (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') ||
		    *s == '+' || ((*s == '-' || *s == '.') && t->len);

		text_mem(t, plain ? s : "_", 1);
	}
}

void
slot_name(struct slot *s)
{
	struct text t;
	char digits[48];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	hash_part(&ctx, "onlyone slot 1");
	hash_part(&ctx, s->scope);
	hash_part(&ctx, s->app);
	text_join(digits, sizeof(digits), TEXT_NUM(s->index), " ",
	    TEXT_NUM(s->nkey), NULL);
	hash_part(&ctx, digits);
	for (size_t i = 0; i < s->nkey; i++)
		hash_part(&ctx, s->key[i]);
	hash_end(&ctx, s->hash);

	t = text_in(s->name, sizeof(s->name));
	prefix_add(&t, s->app, APP_SHOWN);
	for (size_t i = 0; i < s->nkey && i < 1; i++) {
		text_add(&t, "=");
		prefix_add(&t, s->key[i], KEY_SHOWN);
	}
	text_all(&t, "-", s->hash, NULL);
}

bool
slot_from_name(struct slot *s, const char *name)
{
	size_t len = strlen(name);
	const char *hash = name + len - SLOT_HASH;

	if (len <= SLOT_HASH || len >= SLOT_NAME_MAX || hash[-1] != '-' ||
	    strchr(name, '/') ||
	    strspn(hash, "0123456789abcdef") != SLOT_HASH)
		return false;
	memcpy(s->name, name, len + 1);
	memcpy(s->hash, hash, SLOT_HASH + 1);
	return true;
}

bool
slot_may_be(const char *name, const char *app)
{
	char prefix[SLOT_NAME_MAX];
	struct text t = text_in(prefix, sizeof(prefix));

	prefix_add(&t, app, APP_SHOWN);
	return !strncmp(name, prefix, t.len) && (name[t.len] == '=' ||
	    strlen(name) == t.len + 1 + SLOT_HASH);
}

void
slot_hash_app(const struct slot *s, char hash[SLOT_HASH + 1])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	hash_part(&ctx, "onlyone application 1");
	hash_part(&ctx, s->app);
	hash_end(&ctx, hash);
}

void
slot_hash_key(const struct slot *s, char hash[SLOT_HASH + 1])
{
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	hash_part(&ctx, "onlyone key 1");
	for (size_t i = 0; i < s->nkey; i++)
		hash_part(&ctx, s->key[i]);
	hash_end(&ctx, hash);
}

static void
session_add(struct text *t)
{
	const char *id = getenv("XDG_SESSION_ID");
	char audit[24];
	ssize_t n;

	if (id && *id) {
		text_add(t, id);
		return;
	}
	n = io_file("/proc/self/sessionid", audit, sizeof(audit));
	if (n > 0 && strcmp(audit, "4294967295"))
		text_add(t, audit);
}

static void
display_add(struct text *t)
{
	const char *x = getenv("DISPLAY"), *w = getenv("WAYLAND_DISPLAY");
	const char *dot;

	if (x && *x) {
		/* The default screen may be left out: ":0" is ":0.0". */
		dot = strrchr(x, ':');
		dot = dot ? strchr(dot, '.') : NULL;
		if (dot && !strcmp(dot, ".0"))
			text_mem(t, x, (size_t)(dot - x));
		else
			text_add(t, x);
	} else if (w && *w) {
		text_add(t, w);
	}
}

const char *
slot_scope(enum scope scope, char *buf, size_t cap)
{
	struct text t = text_in(buf, cap);

	switch (scope) {
	case SCOPE_USER:
		text_add(&t, "user");
		break;
	case SCOPE_SESSION:
		text_add(&t, "session:");
		session_add(&t);
		break;
	case SCOPE_DISPLAY:
		text_add(&t, "display:");
		display_add(&t);
		break;
	}
	return buf;
}
