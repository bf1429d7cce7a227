/*
 * slot.c: keys of several parts, and the name of a slot's folder.
 *
 * Of many tuples of awkward scopes, applications, keys and indices no two may
 * share a hash or a name.  One hash is pinned, reckoned by hand with another
 * implementation: a slot must be found by the next version, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/core/key/key.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"
#include "tests/unit/tap.h"

/* key_make: several templates are a tuple, in order. */
static void
keys_made(void)
{
	static const struct key_step steps[] = {{KEY_TEMPLATE, "{1}"},
	    {KEY_TEMPLATE, "{@}"}, {KEY_TEMPLATE, "x"}, {KEY_TEMPLATE, "{2}"}};
	static char *const args[] = {(char *)"cmd", (char *)"a", NULL};
	static char *const empty[] = {(char *)"cmd", (char *)"", NULL};
	const struct valued valued = {.n = 0};
	struct fault f;
	struct key k;

	ok(key_make(&k, steps, 3, &valued, false, args, &f) == 0 && k.n == 3 &&
		!strcmp(k.parts[0], "a") && !strcmp(k.parts[1], "a") &&
		!strcmp(k.parts[2], "x") && !*k.why,
	    "three templates are three parts");
	key_free(&k);
	ok(key_make(&k, steps + 2, 2, &valued, false, args, &f) == 0 && !k.n &&
		strstr(k.why, "{2}"),
	    "one that is missing makes no key: %s", k.why);
	key_free(&k);
	ok(key_make(&k, steps + 2, 2, &valued, true, args, &f) < 0 &&
		f.code == EXIT_KEY && strstr(f.line, "{2}"),
	    "strict: %s", f.line);
	key_free(&k);
	ok(key_make(&k, steps + 1, 1, &valued, true, empty, &f) < 0 &&
		f.code == EXIT_KEY,
	    "one empty argument is no key, strict: %s", f.line);
	key_free(&k);
}

/* Parts that run together, or into each other, if nothing keeps them apart. */
static const char *const scopes[] = {"user", "session:", "session:1",
    "session:11", "display:", "use", "userr", ""};
static const char *const apps[] = {"/usr/bin/vi", "/usr/bin/v", "i", "vi", "",
    "/", "//", ".", "..", "-rf", "+", "/x/.hidden", "/x/-rf", "\xff\xfe", "a\nb",
    "a very long application name which is cut",
    "a very long application name which is cuT"};
static const int indices[] = {0, 1, 2, 10, 11, 12, 21, 111, 2147483647, -1};

enum { SLOTS = 40000, PARTS = 4, PART = 12 };

static struct made {
	struct slot slot;
	char text[PARTS][PART];
	const char *part[PARTS];
	char key[SLOT_HASH + 1]; /* its key's alone: of a seal */
} made[SLOTS];

/* Few bytes, so that tuples meet that differ in where their parts end. */
static void
make(struct made *m)
{
	static const char bytes[] = "aab01\x1f\x01 |/=,\n\xff{}'\"\\-.";

	memset(m, 0, sizeof(*m));
	m->slot.nkey = (size_t)(rand() % (PARTS + 1));
	m->slot.key = m->slot.nkey ? m->part : NULL;
	for (size_t i = 0; i < m->slot.nkey; i++) {
		for (int n = rand() % 4 * (rand() % 4), k = 0; k < n; k++)
			m->text[i][k] = bytes[rand() %
			    (rand() % 3 ? 5 : (int)sizeof(bytes) - 1)];
		m->part[i] = m->text[i];
	}
	m->slot.scope = scopes[rand() % 3 ? 0 : (size_t)rand() % COUNT(scopes)];
	m->slot.app = apps[rand() % 3 ? 0 : (size_t)rand() % COUNT(apps)];
	m->slot.index = indices[rand() % 3 ? 0 :
	    (size_t)rand() % COUNT(indices)];
	slot_name(&m->slot);
	slot_hash_key(&m->slot, m->key);
}

static int
by_key_parts(const void *a, const void *b)
{
	const struct slot *x = &((const struct made *)a)->slot,
			  *y = &((const struct made *)b)->slot;
	int r = 0;

	if (x->nkey != y->nkey)
		return x->nkey < y->nkey ? -1 : 1;
	for (size_t i = 0; !r && i < x->nkey; i++)
		r = strcmp(x->key[i], y->key[i]);
	return r;
}

static int
by_parts(const void *a, const void *b)
{
	const struct slot *x = &((const struct made *)a)->slot,
			  *y = &((const struct made *)b)->slot;
	int r = by_key_parts(a, b);

	r = r ? r : strcmp(x->scope, y->scope);
	r = r ? r : strcmp(x->app, y->app);
	return r ? r : (x->index > y->index) - (x->index < y->index);
}

#define BY(name, what)                                                  \
	static int name(const void *a, const void *b)                   \
	{                                                               \
		return strcmp(((const struct made *)a)->what,           \
		    ((const struct made *)b)->what);                    \
	}
BY(by_hash, slot.hash)
BY(by_name, slot.name)
BY(by_key, key)

/* Pointers into itself do not move with it: sorted are pointers. */
static const struct made *sorted[SLOTS];
static int (*order)(const void *, const void *);

static int
in_order(const void *a, const void *b)
{
	return order(*(const struct made *const *)a,
	    *(const struct made *const *)b);
}

/* Neighbours in one order are equal in it if, and only if, the parts are. */
static void
agree(int (*by)(const void *, const void *),
    int (*parts_are)(const void *, const void *), const char *what)
{
	size_t wrong = 0, distinct = 1, real = 1;

	order = parts_are;
	qsort(sorted, SLOTS, sizeof(*sorted), in_order);
	for (size_t i = 1; i < SLOTS; i++)
		real += parts_are(sorted[i - 1], sorted[i]) != 0;
	order = by;
	qsort(sorted, SLOTS, sizeof(*sorted), in_order);
	for (size_t i = 1; i < SLOTS; i++) {
		distinct += by(sorted[i - 1], sorted[i]) != 0;
		wrong += !by(sorted[i - 1], sorted[i]) !=
		    !parts_are(sorted[i - 1], sorted[i]);
	}
	ok(!wrong && real == distinct && real > SLOTS / 5 && real < SLOTS,
	    "%zu different ones, different %s", real, what);
}

static void
slots(void)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._=";
	bool fits = true, hash = true, letters = true, first = true;

	srand(1);
	for (size_t i = 0; i < SLOTS; i++) {
		const struct slot *s = &made[i].slot;
		size_t len;

		make(&made[i]);
		sorted[i] = &made[i];
		len = strnlen(s->name, SLOT_NAME_MAX);
		fits &= len < SLOT_NAME_MAX && len > SLOT_HASH;
		hash &= strspn(s->hash, "0123456789abcdef") == SLOT_HASH &&
		    len > SLOT_HASH && s->name[len - SLOT_HASH - 1] == '-' &&
		    !strcmp(s->name + len - SLOT_HASH, s->hash);
		letters &= strspn(s->name, plain) == len;
		first &= s->name[0] != '.' && s->name[0] != '-';
	}
	ok(fits, "names fit");
	ok(hash, "names end in the whole hash");
	ok(letters, "names have no slash, no blank, nothing odd");
	ok(first, "no name begins with a dot or a dash");
	agree(by_hash, by_parts, "hashes");
	agree(by_name, by_parts, "folders");
	agree(by_key, by_key_parts, "keys for a seal");
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
	is(s.hash, "20222e3e83e196845a56ec251b38112d", "of the first version");
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
	static const char *const name[] = {"XDG_SESSION_ID", "DISPLAY",
	    "WAYLAND_DISPLAY"};
	char buf[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *value[] = {cases[i].session, cases[i].x,
		    cases[i].wayland};

		for (size_t k = 0; k < COUNT(name); k++) {
			unsetenv(name[k]);
			if (value[k])
				setenv(name[k], value[k], 1);
		}
		is(slot_scope(cases[i].scope, buf, sizeof(buf)), cases[i].want,
		    "scope");
	}
}

void
slot_part(void)
{
	keys_made();
	slots();
	pinned();
	scope_cases();
}
