/*
 * fate_table.c: prints the table in "An owner's death" of cli/HACKING.md, as fate_of
 * has it (manual.bats compares the two).
 */
#include <stddef.h>
#include <stdio.h>

#include "cli/core/keeper/fate.h"

enum { LATE = LOOKS + 1 }; /* looks: past those that come soon after each other */

static const char *const words[] = {
	[FATE_LOOK_REST] = "the next look", [FATE_LOOK_COPIED] = "the next look",
	[FATE_LOOK_HANDLER] = "the next look", [FATE_LOOK_PARENT] = "the next look",
	[FATE_PASSED] = "is the owner", [FATE_TAKEN] = "is the next instance",
	[FATE_HELD] = "holds the slot", [FATE_OVER] = "it is over",
	[FATE_SOON] = "again soon", [FATE_LATER] = "again later",
	[FATE_UNSEEN] = "again later, then wait for its lock"
};

static const struct {
	const char *name;
	struct known n; /* all earlier looks have found nothing */
	size_t look;    /* offset in struct known */
} rows[] = {
	{"the rest of its tree", {.tree = true, .rest_backed = true},
	    offsetof(struct known, rest)},
	{"a copy of it", {.copy = true}, offsetof(struct known, copied)},
	{"a handler", {0}, offsetof(struct known, handler)},
	{"its parent", {.handler = LOOK_NONE}, offsetof(struct known, parent)},
};

static const char *
word_of(size_t row, enum look found, int looks)
{
	struct known n = rows[row].n;

	*(enum look *)(void *)((char *)&n + rows[row].look) = found;
	n.looks = looks;
	return words[fate_of(&n)];
}

int
main(void)
{
	puts("| look | there is one | it cannot be read | the look fails |"
	    " for half a minute | there is none |\n|---|---|---|---|---|---|");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		printf("| %s | %s | %s | %s | %s | %s |\n", rows[i].name,
		    word_of(i, LOOK_FOUND, LATE), word_of(i, LOOK_UNREADABLE, LATE),
		    word_of(i, LOOK_FAILED, LATE),
		    word_of(i, LOOK_FAILED, LOOKS_SCARCE),
		    word_of(i, LOOK_NONE, LATE));
	return 0;
}
