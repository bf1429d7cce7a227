/*
 * slot_test.c: the name of a slot's folder.
 *
 * Of all combinations of awkward scopes, applications, keys and indices no
 * two may share a hash or a name.  One hash is pinned, reckoned by hand with
 * another implementation: a slot must be found by the next version, too.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/core/slot/slot.h"
#include "tests/unit/tap.h"

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

/* Parts that run together, or into each other, if nothing keeps them apart. */
static const char *const scopes[] = {"user", "session:", "session:1",
    "session:11", "display:", "display::0", "display::00", "use", "userr", ""};
static const char *const apps[] = {"/usr/bin/vi", "/usr/bin/v", "i", "vi",
    "/a/vi", "r", "", "/", "//", "a/", ".", "..", "...", "-", "-rf", "--", "+",
    ".hidden", "/x/.hidden", "/x/-rf", "\xc3\xa4", "\xff\xfe", "\x80", "a\nb",
    "a=b", "1 1", "a very long application name which is cut",
    "a very long application name which is cuT",
    "/usr/bin/sh -c 'echo hi; sleep 1'"};
static const char *const keys[][3] = {{""}, {"a"}, {"b"}, {"ab"}, {"a", "b"},
    {"a", "", "b"}, {"", ""}, {"", "", ""}, {"ab", ""}, {"", "ab"}, {"b", "a"},
    {"1"}, {"1", "1"}, {"1 1"}, {"/tmp/."}, {"/tmp/.x"}, {"-"}, {"=", "="},
    {"\xc3\xa4"}, {"\xc3\xa4", "\xa4"}, {"a\nb"}, {"/"},
    {"a key which is longer than what of it is shown"},
    {"a key which is longer than what of it is shown!"}};
static const int indices[] = {0, 1, 2, 10, 11, 12, 21, 111, 2147483647, -1};

enum {
	TUPLES = COUNT(keys) + 1, /* and none at all */
	ALL = COUNT(scopes) * COUNT(apps) * TUPLES * COUNT(indices)
};

static struct slot all[ALL];

static void
fill(struct slot *s, size_t n)
{
	size_t tuple = n / COUNT(indices) % TUPLES;

	memset(s, 0x5a, sizeof(*s));
	s->index = indices[n % COUNT(indices)];
	s->key = NULL;
	s->nkey = 0;
	if (tuple < COUNT(keys)) {
		s->key = keys[tuple];
		while (s->nkey < 3 && s->key[s->nkey])
			s->nkey++;
	}
	n /= COUNT(indices) * TUPLES;
	s->app = apps[n % COUNT(apps)];
	s->scope = scopes[n / COUNT(apps)];
	slot_name(s);
}

static int
by_hash(const void *a, const void *b)
{
	return strcmp(
	    ((const struct slot *)a)->hash, ((const struct slot *)b)->hash);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct slot *)a)->name, ((const struct slot *)b)->name);
}

/* How many have a twin. */
static size_t
twins(int (*by)(const void *, const void *))
{
	size_t n = 0;

	qsort(all, ALL, sizeof(*all), by);
	for (size_t i = 1; i < ALL; i++)
		n += by(&all[i - 1], &all[i]) == 0;
	return n;
}

static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
			    "UVWXYZ0123456789+-._=";

static void
properties(void)
{
	bool same = true, fits = true, hash = true, letters = true;
	bool dot = false, dash = false, longest = false;
	struct slot again;

	for (size_t i = 0; i < ALL; i++) {
		struct slot *s = &all[i];
		size_t len;

		fill(s, i);
		fill(&again, i);
		len = strnlen(s->name, SLOT_NAME_MAX);
		same &= !strcmp(s->hash, again.hash) &&
		    !strcmp(s->name, again.name);
		fits &= len < SLOT_NAME_MAX && len > SLOT_HASH;
		longest |= len >= SLOT_NAME_MAX - 2;
		hash &= strlen(s->hash) == SLOT_HASH &&
		    strspn(s->hash, "0123456789abcdef") == SLOT_HASH &&
		    len > SLOT_HASH && s->name[len - SLOT_HASH - 1] == '-' &&
		    !strcmp(s->name + len - SLOT_HASH, s->hash);
		letters &= strspn(s->name, plain) == len;
		dot |= s->name[0] == '.';
		dash |= s->name[0] == '-';
	}
	ok(same, "the same slot, the same name");
	ok(fits && longest, "names fit, up to the last byte but one");
	ok(hash, "names end in the whole hash");
	ok(letters, "names have no slash, no blank, nothing odd");
	ok(!dot, "no name begins with a dot");
	ok(!dash, "no name begins with a dash");
	ok(twins(by_hash) == 0, "%d different slots, different hashes", ALL);
	ok(twins(by_name) == 0, "and different names");
}

#define LONG "0123456789.abcdefghijklmnopqrstuvwxyz"

static void
pinned(void)
{
	static const char *const key[] = {"/home/u/\xc3\xa4", ""};
	static const char *const more[] = {LONG LONG, "b"};
	struct slot s = {.scope = "user",
	    .app = "/usr/bin/vi",
	    .key = key,
	    .nkey = 2,
	    .index = 3};

	/* printf of each part with its length as 8 bytes, little-endian:
	 * "onlyone slot 1" scope app "INDEX NKEY" key...; sha256sum. */
	slot_name(&s);
	ok(!strcmp(s.hash, "20222e3e83e196845a56ec251b38112d"),
	    "a slot of the first version: %s", s.hash);
	ok(!strncmp(s.name, "vi=__-", 6), "what is not plain becomes _: %s",
	    s.name);
	s.app = "/opt/" LONG;
	s.key = more;
	slot_name(&s);
	ok(!strncmp(
	       s.name, "0123456789.abcdefghijklm=0123456789.abcdefghi-", 46),
	    "how much of application and first key is shown: %s", s.name);
}

static void
scope_cases(void)
{
	static const struct {
		enum scope scope;
		const char *session, *x, *wayland, *want;
	} cases[] = {
	    {SCOPE_USER, "3", ":0", "wayland-0", "user"},
	    {SCOPE_SESSION, "3", ":0", NULL, "session:3"},
	    {SCOPE_SESSION, "c1", NULL, NULL, "session:c1"},
	    {SCOPE_DISPLAY, "3", ":0", "wayland-0", "display::0"},
	    {SCOPE_DISPLAY, NULL, ":0.0", NULL, "display::0"},
	    {SCOPE_DISPLAY, NULL, ":0.1", NULL, "display::0.1"},
	    {SCOPE_DISPLAY, NULL, ":10", NULL, "display::10"},
	    {SCOPE_DISPLAY, NULL, "a.b:1.0", NULL, "display:a.b:1"},
	    {SCOPE_DISPLAY, NULL, "a.0", NULL, "display:a.0"},
	    {SCOPE_DISPLAY, NULL, "", "wayland-1", "display:wayland-1"},
	    {SCOPE_DISPLAY, NULL, NULL, "", "display:"},
	};
	char buf[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		unsetenv("XDG_SESSION_ID");
		unsetenv("DISPLAY");
		unsetenv("WAYLAND_DISPLAY");
		if (cases[i].session)
			setenv("XDG_SESSION_ID", cases[i].session, 1);
		if (cases[i].x)
			setenv("DISPLAY", cases[i].x, 1);
		if (cases[i].wayland)
			setenv("WAYLAND_DISPLAY", cases[i].wayland, 1);
		ok(!strcmp(slot_scope(cases[i].scope, buf, sizeof(buf)),
		       cases[i].want),
		    "scope: %s", cases[i].want);
	}
}

int
main(void)
{
	properties();
	pinned();
	scope_cases();
	return tap_end();
}
