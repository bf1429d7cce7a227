/*
 * info_fuzz.c: any file as the record of a slot.
 *
 * What was read, remade, and read again stays what it is; and what is shown of
 * it is one line of text.
 */
#include <string.h>

#include "cli/core/slot/info.h"
#include "cli/base/text.h"
#include "tests/fuzz/fuzz.h"

static void
inside(const char *s, const char *at, size_t size)
{
	MUST(s > at && s < at + size);
	MUST(memchr(s, '\0', size - (size_t)(s - at)));
}

static void
shown(const struct info *i)
{
	char line[16384];
	struct text t = text_in(line, sizeof(line));

	info_command(i, &t);
	MUST(t.len == strlen(line));
	for (const char *s = line; *s; s++)
		MUST((unsigned char)*s >= ' ' && *s != 0x7f);
}

/* Remake it, twice: from then on nothing may change. */
static void
remade(const struct info *i)
{
	struct info j, k;
	struct buf b, c;

	buf_init(&b, NULL, 0);
	buf_init(&c, NULL, 0);
	MUST(info_remake(&b, i) == 0);
	/* Of a stranger's file it may drop what stands before app=. */
	if (info_parse(b.at, b.len, &j) == 0) {
		MUST(!strcmp(j.app, i->app) && j.owner.pid == i->owner.pid &&
		    j.owner.start == i->owner.start &&
		    j.owner.pidfs == i->owner.pidfs &&
		    j.owner.pidns == i->owner.pidns &&
		    !strcmp(j.owner.boot, i->owner.boot));
		MUST(info_remake(&c, &j) == 0);
		MUST(info_parse(c.at, c.len, &k) == 0);
		MUST(b.len == c.len);
	}
	buf_free(&b);
	buf_free(&c);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data;
	struct info i;

	if (size > 2048 || info_parse(at, size, &i) < 0)
		return 0;
	inside(i.app, at, size);
	inside(i.scope, at, size);
	inside(i.cwd, at, size);
	MUST(i.owner.pid >= 0 && strlen(i.owner.boot) <= BOOT_ID);
	shown(&i);
	remade(&i);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const key[] = {"a", ""};
	static char *const args[] = {(char *)"vi", (char *)"it's", NULL};
	static const struct info info = {.cwd = "/", .owner.pid = 3,
	    .terms = {.on_activate = "x", .signal = 1}};
	struct slot s = {.scope = "user", .app = "/usr/bin/vi", .key = key,
	    .nkey = n};
	struct buf b;

	if (n == 3)
		return -1;
	buf_init(&b, at, SEED_MAX);
	info_make(&b, &s, &info, args);
	*size = b.len;
	return 0;
}
