/*
 * name.c: the name of a key in a store.
 *
 * It has the user's name, not its number, which differs between hosts.  A byte
 * other than letters, digits and a few signs becomes %XX; an empty part becomes
 * %-, so that no part is empty.
 */
#include <sha2.h>
#include <string.h>

#include "cli/cluster/name.h"
#include "cli/base/text.h"

enum { PART_MOST = 3 * 64, ALL_MOST = ENGINE_KEY - 80 };

static void
part_put(struct text *t, const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:@+,=-";
	unsigned char c;

	if (!*s)
		text_add(t, "%-");
	for (; *s; s++) {
		c = (unsigned char)*s;
		if (strchr(plain, *s)) {
			text_mem(t, s, 1);
		} else {
			text_add(t, "%");
			text_hex(t, &c, 1);
		}
	}
}

/* Hash the application and the parts, each with its NUL, so that different keys
 * never hash the same bytes. */
static void
hash_put(struct text *t, const char *app, const char *const *key, size_t nkey)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	SHA256Update(&ctx, (const uint8_t *)app, strlen(app) + 1);
	for (size_t i = 0; i < nkey; i++)
		SHA256Update(&ctx, (const uint8_t *)key[i],
		    strlen(key[i]) + 1);
	SHA256Final(sum, &ctx);
	text_hex(t, sum, 20);
}

void
name_prefix(char name[ENGINE_KEY], const char *user)
{
	struct text t = text_in(name, PART_MOST);

	text_add(&t, "u/");
	part_put(&t, user);
	text_add(&t, "/");
}

void
name_key(char name[ENGINE_KEY], const char *user, const char *app,
    const char *const *key, size_t nkey)
{
	struct text t;
	size_t n;

	name_prefix(name, user);
	n = strlen(name);
	t = text_in(name + n, ALL_MOST - n);
	part_put(&t, app);
	for (size_t i = 0; i < nkey; i++) {
		text_add(&t, "/");
		part_put(&t, key[i]);
	}
	if (!t.cut)
		return;
	/* No other name contains '#' (part_put). */
	t.at[t.len > PART_MOST ? PART_MOST : t.len] = '\0';
	n += strlen(t.at);
	t = text_in(name + n, ENGINE_KEY - n);
	text_add(&t, "#");
	hash_put(&t, app, key, nkey);
}
