/*
 * fate.c: what becomes of an instance whose owner has exited: cases by a table, and
 * what holds in all of them.
 */
#include "cli/core/keeper/fate.h"
#include "tests/unit/tap.h"

#define ALONE .handler = LOOK_NONE, .parent = LOOK_NONE

static const struct {
	const char *name;
	struct known n;
	enum fate fate;
} cases[] = {
	{"main: a handler may be the program", {0}, FATE_LOOK_HANDLER},
	{"main: then its parent", {.handler = LOOK_NONE}, FATE_LOOK_PARENT},
	{"main: over", {ALONE}, FATE_OVER},
	{"a handler is the program", {.handler = LOOK_FOUND}, FATE_TAKEN},
	{"one that cannot be read", {.handler = LOOK_UNREADABLE}, FATE_LATER},
	{"one that cannot be read, for long",
	    {.handler = LOOK_UNREADABLE, .looks = 60}, FATE_LATER},
	{"no look at handlers", {.handler = LOOK_FAILED, .looks = 59}, FATE_LATER},
	{"none for long, and one runs",
	    {.handler = LOOK_FAILED, .looks = 60, .handlers = true}, FATE_LATER},
	{"none for long", {.handler = LOOK_FAILED, .looks = 60}, FATE_LOOK_PARENT},
	{"its parent lives", {.handler = LOOK_NONE, .parent = LOOK_FOUND}, FATE_HELD},
	{"its parent cannot be seen",
	    {.handler = LOOK_NONE, .parent = LOOK_FAILED, .looks = 59}, FATE_LATER},
	{"for long",
	    {.handler = LOOK_NONE, .parent = LOOK_FAILED, .looks = 60}, FATE_OVER},
	{"its status is about to be fetched", {.status_due = true, ALONE}, FATE_SOON},

	{"a copy", {.copy = true}, FATE_LOOK_COPIED},
	{"a copy lives", {.copy = true, .copied = LOOK_FOUND}, FATE_PASSED},
	{"one that nobody can see", {.copy = true, .copied = LOOK_FAILED}, FATE_UNSEEN},
	{"one that cannot be read",
	    {.copy = true, .copied = LOOK_UNREADABLE}, FATE_UNSEEN},
	{"none for long",
	    {.copy = true, .copied = LOOK_FAILED, .looks = 60}, FATE_UNSEEN},
	{"no copy", {.copy = true, .copied = LOOK_NONE}, FATE_LOOK_HANDLER},

	{"a tree", {.tree = true}, FATE_LOOK_REST},
	{"its rest", {.tree = true, .rest = LOOK_FOUND}, FATE_PASSED},
	{"a rest that cannot be read",
	    {.tree = true, .rest = LOOK_UNREADABLE, .looks = 60}, FATE_LATER},
	{"no rest, but one may be inside execve",
	    {.tree = true, .rest = LOOK_NONE, .looks = 10}, FATE_SOON},
	{"no rest, for long",
	    {.tree = true, .rest = LOOK_NONE, .looks = 11}, FATE_LOOK_HANDLER},
	{"no look at the rest",
	    {.tree = true, .rest = LOOK_FAILED, .looks = 59, .rest_backed = true},
	    FATE_LATER},
	{"none for long, and nobody else would know",
	    {.tree = true, .rest = LOOK_FAILED, .looks = 60}, FATE_LATER},
	{"none for long, and its parent would",
	    {.tree = true, .rest = LOOK_FAILED, .looks = 60, .rest_backed = true},
	    FATE_LOOK_HANDLER},

	{"its parent held the slot", {.tree = true, .held = true}, FATE_LOOK_REST},
	{"no rest then", {.tree = true, .held = true, .rest = LOOK_NONE},
	    FATE_LOOK_HANDLER},
	{"nothing is left", {.tree = true, .held = true, .rest = LOOK_NONE,
	    .handler = LOOK_NONE}, FATE_OVER},
};

static bool
is_look(enum fate fate)
{
	return fate <= FATE_LOOK_PARENT;
}

/* The look that fate asks for, and those that found somebody who may go on. */
static enum look *
look_of(struct known *n, enum fate fate)
{
	enum look *const looks[] = {
		[FATE_LOOK_REST] = &n->rest, [FATE_LOOK_COPIED] = &n->copied,
		[FATE_LOOK_HANDLER] = &n->handler, [FATE_LOOK_PARENT] = &n->parent
	};

	return looks[fate];
}

/* Whether looks in all orders end in a fate, each look made at most once; and the
 * instance is over only if each look has found nobody, or failed for long. */
static bool
is_sound(struct known n)
{
	enum fate fate = fate_of(&n);
	enum look *look;

	if (!is_look(fate)) {
		if (fate == FATE_PASSED)
			return n.rest == LOOK_FOUND || n.copied == LOOK_FOUND;
		if (fate == FATE_TAKEN)
			return n.handler == LOOK_FOUND;
		if (fate == FATE_HELD)
			return n.parent == LOOK_FOUND;
		return fate != FATE_OVER || (n.rest != LOOK_FOUND &&
		    n.copied != LOOK_FOUND && n.handler != LOOK_FOUND &&
		    n.parent != LOOK_FOUND && (n.looks >= 60 ||
		    (n.rest <= LOOK_NONE && n.copied <= LOOK_NONE &&
		    n.handler == LOOK_NONE && n.parent <= LOOK_NONE)));
	}
	look = look_of(&n, fate);
	if (*look != LOOK_DUE)
		return false;
	for (*look = LOOK_NONE; *look <= LOOK_FAILED; (*look)++) {
		if (!is_sound(n))
			return false;
	}
	return true;
}

void
fate_part(void)
{
	static const int looks[] = { 0, 10, 11, 59, 60 };
	int bad = 0;

	for (size_t i = 0; i < COUNT(cases); i++)
		ok(fate_of(&cases[i].n) == cases[i].fate, "%s", cases[i].name);
	for (int bits = 0; bits < 1 << 6; bits++) {
		for (size_t i = 0; i < COUNT(looks); i++)
			bad += !is_sound((struct known){ .tree = bits & 1,
			    .copy = bits & 2, .held = bits & 4,
			    .status_due = bits & 8, .rest_backed = bits & 16,
			    .handlers = bits & 32, .looks = looks[i] });
	}
	ok(!bad, "an instance is over only if nobody was found: %d are not", bad);
}
