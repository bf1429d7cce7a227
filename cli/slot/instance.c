/*
 * instance.c: the environment of an instance.
 *
 * setenv(3) is not used: it allocates, and the launch adds to what it passes
 * on, not to what it has.
 */
#include <sha2.h>
#include <stdint.h>
#include <string.h>

#include "cli/slot/instance.h"
#include "cli/text.h"
#include "preload/contract.h"
#include "preload/entry.h"

enum { OURS_MAX = 6 }; /* SLOT APP KEY PID LOCK LD_PRELOAD */

static bool
is_ours(const char *e)
{
	static const char *const names[] = { ENV_SLOT "=", ENV_APP "=",
		ENV_KEY "=", ENV_PID "=", ENV_LOCK "=" };

	if (strncmp(e, "ONLYONE_", 8))
		return false;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strncmp(e, names[i], strlen(names[i])))
			return true;
	}
	return false;
}

const char *
instance_key(const struct info *i, char *buf)
{
	uint8_t sum[SHA256_DIGEST_LENGTH];
	const char *part = NULL;
	const char separator = KEY_SEPARATOR;
	bool more = false;
	struct text t;
	SHA2_CTX ctx;

	SHA256Init(&ctx);
	text_init(&t, buf, NAME_SHOWN + 1);
	while ((part = info_key(i, part))) {
		if (more)
			text_mem(&t, &separator, 1);
		if (more)
			SHA256Update(&ctx, (const uint8_t *)&separator, 1);
		text_add(&t, part);
		SHA256Update(&ctx, (const uint8_t *)part, strlen(part));
		more = true;
	}
	if (!more)
		return NULL;
	if (t.cut) {
		SHA256Final(sum, &ctx);
		text_init(&t, buf, NAME_SHOWN + 1);
		text_add(&t, "sha256:");
		text_hex(&t, sum, sizeof(sum));
	}
	return buf;
}

void
instance_key_text(const struct info *i, struct text *t)
{
	const char *part = info_key(i, NULL);
	char word[NAME_SHOWN];
	bool more = false;
	struct text w;

	if (!part) {
		text_add(t, "-");
		return;
	}
	if (!info_key(i, part) && strcmp(part, "-") && !strpbrk(part, " '")) {
		text_show(t, part, strnlen(part, NAME_SHOWN));
		return;
	}
	for (; part && !t->cut; part = info_key(i, part)) {
		text_add(t, more ? " " : "");
		more = true;
		text_init(&w, word, sizeof(word));
		if (!strcmp(part, "-")) /* it stands for none */
			text_add(&w, "'-'");
		else
			text_shell(&w, part);
		text_show(t, w.at, w.len);
	}
}

const char *
instance_key_short(const struct info *i, char *buf)
{
	const char *part = NULL;
	struct text t;

	text_init(&t, buf, INSTANCE_KEY_SHORT);
	while ((part = info_key(i, part))) {
		text_add(&t, t.len ? " " : "key ");
		text_add(&t, part);
	}
	if (!t.len)
		text_add(&t, "no key");
	if (t.cut)
		strcpy(buf + INSTANCE_KEY_SHORT - sizeof("..."), "...");
	return buf;
}

/* Append NAME=value to the strings; its place.  There is room. */
static char *
entry_add(struct buf *out, const char *name, const char *value)
{
	char *at = out->at + out->len;

	buf_add(out, name, strlen(name));
	buf_string(out, value);
	return at;
}

char **
instance_environ(struct buf *out, char *const env[], const char *folder,
    const struct info *i, const char *shim, pid_t pid, int file)
{
	char key[NAME_SHOWN + 1], digits[24], **list, *ours[OURS_MAX];
	const char *k = instance_key(i, key);
	size_t n, kept = 0, added = 0, at = 0, need = 0;
	char *preload = NULL;
	struct text t;

	for (n = 0; env[n]; n++)
		;
	if (shim)
		need = entry_plan(NULL, 0, shim, env, &at);
	/* Room for all at once: the array points into the strings. */
	if (buf_room(out, (n + OURS_MAX + 1) * sizeof(*list) + strlen(folder) +
	    strlen(i->app) + (k ? strlen(k) : 0) + need + 128) < 0)
		return NULL;
	list = (char **)(void *)out->at;
	out->len = (n + OURS_MAX + 1) * sizeof(*list);
	if (need) {
		preload = out->at + out->len;
		entry_plan(preload, need, shim, env, &at);
		out->len += need;
	}
	ours[added++] = entry_add(out, ENV_SLOT "=", folder);
	ours[added++] = entry_add(out, ENV_APP "=", i->app);
	if (k)
		ours[added++] = entry_add(out, ENV_KEY "=", k);
	if (pid) {
		text_init(&t, digits, sizeof(digits));
		text_num(&t, pid);
		ours[added++] = entry_add(out, ENV_PID "=", digits);
	}
	if (file >= 0) {
		text_init(&t, digits, sizeof(digits));
		text_num(&t, file);
		ours[added++] = entry_add(out, ENV_LOCK "=", digits);
	}
	if (preload && !env[at])
		ours[added++] = preload;
	for (n = 0; env[n]; n++) {
		if (preload && n == at)
			list[kept++] = preload;
		else if (!is_ours(env[n]))
			list[kept++] = env[n];
	}
	memcpy(list + kept, ours, added * sizeof(*ours));
	list[kept + added] = NULL;
	return list;
}
