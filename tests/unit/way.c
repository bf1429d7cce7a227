/*
 * way.c: what a row hands over of a later launch's arguments.
 */
#include <stdio.h>
#include <string.h>

#include "cli/core/handover/row.h"
#include "cli/core/handover/way.h"
#include "tests/unit/tap.h"

enum { WORDS = 12 };

/* values, options and waits of a row; what is typed, with -W or not; then what
 * its lines get, each word behind a blank, what is left, and how many documents
 * there are; waits: the launch is to wait.  A word "''" is empty. */
static const struct {
	const char *values, *options, *waits, *typed;
	bool wait;
	const char *handed, *left;
	size_t documents;
	bool waits_for;
} rows[] = {
	{ "", "", NULL, "a b", false, " a b", "", 2, false },
	{ "", "-x", NULL, "-x a", false, " -x a", "", 1, false },
	/* An option's value is no document, whether it is handed over or not. */
	{ "-s -page", "-page", NULL, "-s 1 --page 2 a", false, " --page 2 a",
	    "-s 1", 1, false },
	{ "-page", "-page", NULL, "--page=2 a", false, " --page=2 a", "", 1,
	    false },
	/* One that is the last word has no value. */
	{ "-s", "-s", NULL, "a -s", false, " a -s", "", 1, false },
	{ "-[ab]c", "", NULL, "-bc x -dc y", false, " y", "-bc x -dc", 1,
	    false },
	/* A value may look like an option, or be the end of them. */
	{ "-s", "-s", NULL, "-s -- a", false, " -s -- a", "", 1, false },
	{ "-s", "", NULL, "-s -x a", false, " a", "-s -x", 1, false },
	/* What follows -- is a document that no program takes for an option. */
	{ "-s", "-s", "-f", "-- -s a +3 -f --", false, " ./-s a ./+3 ./-f ./--",
	    "", 5, false },
	{ "", "+*", NULL, "+3 a", false, " +3 a", "", 1, false },
	{ "", "+[0-9]*", NULL, "+/x a +", false, " a", "+/x +", 1, false },
	/* Nothing is an empty word, nor standard input. */
	{ "", "", NULL, "'' a", false, " a", "", 1, false },
	/* Waiting: by an option of the program, or by -W, for a document. */
	{ "", "", "-f -nofork", "--nofork a", false, " a", "", 1, true },
	{ "", "", "-f", "-f", false, "", "-f", 0, false },
	{ "", "", "-", "a", true, " a", "", 1, true },
	{ "", "", "-", "-x", true, "", "-x", 0, false },
	{ "", "", NULL, "a", true, " a", "", 1, false },
	{ "", "", "-", "a", false, " a", "", 1, false },
	/* Without the field Documents: all of it, as typed. */
	{ NULL, NULL, NULL, "-x '' +3 - a -- -b", false, " -x '' +3 - a -- -b",
	    "", 3, false },
	{ NULL, NULL, "-w", "-w a", false, " -w a", "", 1, true },
	{ NULL, NULL, "-w", "-- -w", false, " -- -w", "", 1, false },
};

static void
sorted(size_t n)
{
	char typed[256], handed[512] = "", *args[WORDS + 1] = { NULL }, *word;
	struct valued valued = { .patterns = rows[n].values };
	struct handed h;
	size_t words = 0;

	strcpy(typed, rows[n].typed);
	for (word = strtok(typed, " "); word; word = strtok(NULL, " "))
		args[words++] = strcmp(word, "''") ? word : (char *)"";
	if (!ok(handed_sort(&h, &valued, rows[n].options, rows[n].waits,
	    args, rows[n].wait) == 0, "%s", rows[n].typed))
		return;
	for (char **arg = h.args; *arg; arg++)
		strcat(strcat(handed, " "), **arg ? *arg : "''");
	is(handed, rows[n].handed, "handed over");
	is(h.left, rows[n].left, "left");
	ok(h.documents == rows[n].documents && h.waits == rows[n].waits_for,
	    "%zu documents, waits: %d", h.documents, h.waits);
	buf_free(&h.words);
}

void
way_part(void)
{
	char *input[] = { (char *)"a", (char *)"-", NULL };
	char many[3000], *long_args[] = { (char *)"-x", many, NULL };
	struct valued none = { .patterns = "" }, x = { .patterns = "-x" };
	struct handed h;

	for (size_t n = 0; n < COUNT(rows); n++)
		sorted(n);
	handed_sort(&h, &none, "", NULL, input, false);
	ok(h.streams && h.documents == 1, "standard input is told");
	buf_free(&h.words);
	memset(many, 'y', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	handed_sort(&h, &x, "", NULL, long_args, false);
	ok(strlen(h.left) < sizeof(h.left) && !strncmp(h.left, "-x yyy", 6),
	    "what is left is cut");
	buf_free(&h.words);
	ok(way_word("auto") == WAY_AUTO && way_word("dbus") == WAY_DBUS &&
	    way_word("none") == WAY_NONE && way_word(NULL) == WAY_NONE,
	    "words");
	ok(row_lists(row_programs, "gvim") && row_lists(row_programs, "opera") &&
	    !row_lists(row_programs, "gvi") && !row_lists(row_programs, "true"),
	    "built-in rows, by all their names");
	ok(option_fits("-output -o", "--output=x") &&
	    option_fits("-output -o", "-o") && !option_fits("-o", "-ox") &&
	    !option_fits("", "-o") && !option_fits(NULL, "-o") &&
	    option_fits("-o*", "-ox"), "patterns of options");
}
