/*
 * info_fuzz.c: a record as found, and a record as made.
 *
 * Bytes are taken for the file itself, or (first byte odd) for what a launch
 * puts into it: numbers, then strings.  What was made must be read as what
 * went in; what was read, remade, and read again must stay what it is.
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include "cli/core/slot/info.h"
#include "cli/base/text.h"
#include "tests/fuzz/fuzz.h"

enum { WORDS = 24, TIMES = 4, INPUT_MAX = 2048 };

static bool
same_owner(const struct owner *a, const struct owner *b)
{
	return a->pid == b->pid && a->start == b->start &&
	    a->pidfs == b->pidfs && a->pidns == b->pidns &&
	    !strcmp(a->boot, b->boot);
}

static void
inside(const char *s, const char *at, size_t size)
{
	MUST(s > at && s < at + size);
	MUST(memchr(s, '\0', size - (size_t)(s - at)));
}

static void
shown(const struct info *i)
{
	char line[16384], part[256];
	struct text t, u;
	size_t cap;

	t = text_in(line, sizeof(line));
	info_command(i, &t);
	MUST(t.len == strlen(line));
	for (const char *s = line; *s; s++)
		MUST((unsigned char)*s >= ' ' && *s != 0x7f);
	cap = 1 + t.len % sizeof(part);
	u = text_in(part, cap);
	info_command(i, &u);
	MUST(u.len == strlen(part) && u.len < cap && u.cut == (t.len >= cap));
	MUST(!strncmp(part, line, u.len));
}

/* Remake it, twice: from then on nothing may change. */
static void
remade(const struct info *i, bool ours)
{
	struct info j, k;
	struct buf b, c;

	buf_init(&b, NULL, 0);
	buf_init(&c, NULL, 0);
	MUST(info_remake(&b, i) == 0);
	/* Of a stranger's file it may drop what stands before app=. */
	if (info_parse(b.at, b.len, &j) < 0) {
		MUST(!ours);
	} else {
		MUST(!strcmp(j.app, i->app) && same_owner(&j.owner, &i->owner));
		MUST(info_remake(&c, &j) == 0);
		MUST(info_parse(c.at, c.len, &k) == 0);
		MUST(b.len == c.len);
		MUST(!ours ||
		    (j.activations == i->activations && j.keeper == i->keeper &&
			!memcmp(b.at, c.at, b.len)));
	}
	buf_free(&b);
	buf_free(&c);
}

static void
found(const char *at, size_t size)
{
	struct info i;

	if (info_parse(at, size, &i) < 0)
		return;
	inside(i.app, at, size);
	inside(i.scope, at, size);
	inside(i.cwd, at, size);
	MUST(i.owner.pid >= 0 && strlen(i.owner.boot) <= BOOT_ID);
	shown(&i);
	remade(&i, false);
}

struct numbers {
	uint32_t activations, pid, session, keeper;
	uint64_t start, pidfs, pidns;
	int64_t since;
	int32_t index;
	uint8_t signal, lifetime, keys, terms, times;
};

static void
same_list(
    const struct fields *f, const char *name, char *const want[], size_t n)
{
	const char *s = NULL;

	for (size_t k = 0; k < n; k++)
		MUST((s = fields_next(f, name, s)) && !strcmp(s, want[k]));
	MUST(s ? !fields_next(f, name, s) : !fields_count(f, name));
}

/* The arguments: all, or as many as there is room for, and "...". */
static void
same_args(const struct fields *f, char *const args[])
{
	const char *s = NULL;
	size_t len = 0;

	for (; *args; args++) {
		s = fields_next(f, "arg", s);
		len += strlen(*args) + 1;
		if (len > INFO_ARGS_SHOWN)
			break;
		MUST(s && !strcmp(s, *args));
	}
	MUST(!*args || !strcmp(s, "..."));
	MUST(s ? !fields_next(f, "arg", s) : !fields_count(f, "arg"));
}

static void
made(const char *at, size_t size)
{
	char *word[WORDS], *args[TIMES * WORDS + 1], *text;
	struct info in = {.cwd = ""}, out;
	struct numbers n;
	struct slot s;
	size_t words = 0, keys, count = 0;
	struct buf b;

	if (size < sizeof(n))
		return;
	memcpy(&n, at, sizeof(n));
	size -= sizeof(n);
	text = malloc(size + 1);
	memcpy(text, at + sizeof(n), size);
	text[size] = '\0';
	for (char *w = text; w <= text + size && words < WORDS;
	     w += strlen(w) + 1)
		word[words++] = w;
	if (words < 4)
		goto out;
	keys = n.keys % (words - 3);
	/* Over and over: there may be more than is kept. */
	for (unsigned int k = 0; k <= n.times % TIMES; k++)
		for (size_t w = 3 + keys; w < words; w++)
			args[count++] = word[w];
	args[count] = NULL;
	s = (struct slot){.scope = word[0],
	    .app = word[1],
	    .index = n.index & INT32_MAX,
	    .key = (const char *const *)word + 3,
	    .nkey = keys};
	in.cwd = word[2];
	in.activations = n.activations;
	in.keeper = (pid_t)(n.keeper >> 1);
	in.session = (pid_t)(n.session >> 1) - 1;
	in.first = (pid_t)(n.pid >> 1);
	in.since = n.since / 16 * (n.since < 0 ? -1 : 1);
	in.owner.pid = (pid_t)(n.pid >> 1);
	in.owner.start = n.start >> 4;
	in.owner.pidfs = n.pidfs >> 4;
	in.owner.pidns = n.pidns >> 4;
	in.terms.on_activate = n.terms & 1 ? word[words - 1] : NULL;
	in.terms.signal = n.signal % NSIG;
	in.terms.lifetime = n.lifetime & 1 ? LIFETIME_MAIN : LIFETIME_DAEMON;
	strncpy(in.owner.boot, word[words - 1], BOOT_ID);

	buf_init(&b, NULL, 0);
	MUST(info_make(&b, &s, &in, args) == 0);
	MUST(info_parse(b.at, b.len, &out) == 0);
	MUST(!strcmp(out.app, s.app) && !strcmp(out.scope, s.scope));
	MUST(!strcmp(out.cwd, in.cwd) && out.index == s.index);
	MUST(same_owner(&out.owner, &in.owner));
	MUST(out.activations == in.activations && out.keeper == in.keeper);
	MUST(out.session == in.session && out.first == in.first);
	MUST(out.since == in.since && out.terms.signal == in.terms.signal);
	MUST(out.terms.lifetime == in.terms.lifetime);
	MUST(in.terms.on_activate ? out.terms.on_activate &&
		    !strcmp(out.terms.on_activate, in.terms.on_activate)
				  : !out.terms.on_activate);
	same_list(&out.all, "key", word + 3, keys);
	same_args(&out.all, args);
	shown(&out);
	remade(&out, true);
	buf_free(&b);
out:
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > INPUT_MAX)
		return 0;
	(data[0] & 1 ? made : found)((const char *)data + 1, size - 1);
	return 0;
}

int
fuzz_seed(unsigned int n, uint8_t *at, size_t *size)
{
	static const char *const key[] = {"a", ""};
	static char *const args[] = {(char *)"vi", (char *)"it's", NULL};
	static const struct info info = {.cwd = "/",
	    .owner.pid = 3,
	    .terms = {.on_activate = "x", .signal = 1}};
	struct slot s = {
	    .scope = "user", .app = "/usr/bin/vi", .key = key, .nkey = n % 3};
	struct numbers numbers = {
	    .keys = (uint8_t)n, .terms = 1, .times = (uint8_t)n};
	struct buf b;

	if (n == 6)
		return -1;
	buf_init(&b, at, SEED_MAX);
	b.at[b.len++] = (char)n;
	if (n % 2) {
		buf_add(&b, &numbers, sizeof(numbers));
		buf_add(&b, "user\0/usr/bin/vi\0/\0key\0\0arg\0x=1", 31);
		/* One that is cut. */
		for (int i = 0; n == 5 && i < 1500; i++)
			buf_add(&b, i % 500 == 499 ? "" : "x", 1);
	} else {
		info_make(&b, &s, &info, args);
	}
	*size = b.len;
	return 0;
}
