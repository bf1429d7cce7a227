/*
 * option.c: options by a table, parsed by getopt(3).
 */
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/base/number.h"
#include "cli/base/option.h"
#include "cli/base/text.h"
#include "preload/contract.h"

/*
 * Find the known word that a mistyped one may mean.
 *
 * The measure is edits: a letter too many, missing or wrong, or two letters
 * swapped.  One edit for every three letters may be a typo.
 */

enum { LONGEST = 32 };

void
near_begin(struct near *n, const char *word, size_t len)
{
	*n = (struct near){ .word = word, .len = len,
		.edits = (len + 2) / 3 + 1 };
}

/* Whether two letters are the same, whatever their case. */
static bool
same_letter(char a, char b)
{
	return a == b || (a ^ b) == ('A' ^ 'a');
}

static size_t
least_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Row by row: now[j] is the edits from the first i letters of a to the first j
 * letters of b. */
static size_t
edit_distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t rows[3][LONGEST + 1], *before = rows[0], *last = rows[1],
	    *now = rows[2], *free;

	for (size_t j = 0; j <= lb; j++)
		last[j] = j;
	for (size_t i = 1; i <= la; i++) {
		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = least_of(last[j - 1] +
			    !same_letter(a[i - 1], b[j - 1]),
			    least_of(last[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]))
				now[j] = least_of(now[j], before[j - 2] + 1);
		}
		free = before;
		before = last;
		last = now;
		now = free;
	}
	return last[lb];
}

void
near_try(struct near *n, const char *candidate)
{
	size_t len = strlen(candidate), e;

	if (!n->len || n->len > LONGEST || len > LONGEST)
		return;
	e = edit_distance(n->word, n->len, candidate, len);
	if (e >= n->edits || e >= n->len)
		return;
	n->edits = e;
	n->best = candidate;
}

void
near_signal(struct near *n, const char *value)
{
	const char *name = value + 3 * !strncasecmp(value, "SIG", 3);

	near_begin(n, name, strlen(name));
	for (int i = 1; i < NSIG; i++)
		if ((name = sigabbrev_np(i)))
			near_try(n, name);
}

const char *
near_hint(const struct near *n, const char *dashes, char *buf)
{
	*buf = '\0';
	if (n->best)
		text_join(buf, NEAR_HINT, " (did you mean ", dashes, n->best,
		    "?)", NULL);
	return buf;
}

/*
 * Values of options, as they are typed.
 *
 * A bad value is a fault of 64 that names the option and the value, and says
 * what is valid.
 */

int
option_bad(struct fault *f, const char *program, const char *option,
    const char *value, const char *want)
{
	return fault_set(f, EXIT_USAGE, option, ": '", value, "' is not ",
	    want, "; see ", program, " --help", NULL);
}

int
option_nearest(struct fault *f, const char *program, const char *option,
    const char *value, const char *const words[], const char *want)
{
	char text[128 + NEAR_HINT], hint[NEAR_HINT];
	struct near near;

	near_begin(&near, value, strlen(value));
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], value))
			near_try(&near, words[i]);
	}
	text_join(text, sizeof(text), want, near_hint(&near, "", hint), NULL);
	return option_bad(f, program, option, value, text);
}

int
option_word(struct fault *f, const char *program, const char *option,
    const char *value, const char *const words[])
{
	char want[128];
	struct text t = text_in(want, sizeof(want));

	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], value))
			return i;
		text_add(&t, !i ? "" : words[i + 1] ? ", " : " or ");
		text_add(&t, words[i]);
	}
	return option_nearest(f, program, option, value, words, want);
}

/* Not inlined: a successful launch never gets here. */
static __attribute__((noinline)) int
signal_bad(struct fault *f, const char *program, const char *option,
    const char *value)
{
	char want[32 + NEAR_HINT], hint[NEAR_HINT];
	struct near near;

	near_signal(&near, value);
	text_join(want, sizeof(want), "a signal", near_hint(&near, "", hint),
	    NULL);
	return option_bad(f, program, option, value, want);
}

int
option_number(struct fault *f, const char *program, const char *option,
    const char *value, int least, int most, int *n)
{
	long long number;
	char want[64];

	if (number_parse(value, &number) == 0 && number >= least &&
	    number <= most) {
		*n = (int)number;
		return 0;
	}
	text_join(want, sizeof(want), "a number from ", TEXT_NUM(least),
	    " to ", TEXT_NUM(most), NULL);
	return option_bad(f, program, option, value, want);
}

int
option_seconds(struct fault *f, const char *program, const char *option,
    const char *value, int *ms)
{
	long long time;

	if (number_time(value, &time) < 0)
		return option_bad(f, program, option, value, OPTION_TIME);
	if (time > INT_MAX)
		return option_bad(f, program, option, value,
		    "a time of at most 24d");
	*ms = (int)time;
	return 0;
}

static int
option_whole(struct fault *f, const char *program, const char *option,
    const char *value, long long least, long long most, int *seconds)
{
	long long ms;
	char want[128];

	if (number_time(value, &ms) == 0 && ms % 1000 == 0 &&
	    ms / 1000 >= least && ms / 1000 <= most) {
		*seconds = (int)(ms / 1000);
		return 0;
	}
	text_join(want, sizeof(want), "a number of seconds from ",
	    TEXT_NUM(least), " to ", TEXT_NUM(most), ", or a time such as 2m",
	    NULL);
	return option_bad(f, program, option, value, want);
}

const char *const option_helps[] = { "all", NULL };

/* Do what a row says with the option's value. */
static int
row_set(const struct option_table *t, const struct option_row *row,
    void *into, const char *value, struct fault *f)
{
	void *at = (char *)into + row->at;
	char name[64];
	struct text option = text_in(name, sizeof(name));
	int i;

	text_all(&option, "--", row->name ? row->name : "", NULL);
	switch (row->kind) {
	case OPTION_ON:
		*(bool *)at = true;
		return 0;
	case OPTION_BE:
		*(int *)at = row->least;
		return 0;
	case OPTION_TEXT:
		*(const char **)at = value;
		return 0;
	case OPTION_NUMBER:
		return option_number(f, t->program, name, value, row->least,
		    row->most, at);
	case OPTION_SECONDS:
		return option_seconds(f, t->program, name, value, at);
	case OPTION_WHOLE:
		return option_whole(f, t->program, name, value, row->least,
		    row->most, at);
	case OPTION_SIGNAL:
		*(int *)at = number_signal(value);
		return *(int *)at >= row->least ? 0 : signal_bad(f, t->program,
		    name, value);
	case OPTION_WORD:
		i = value ? option_word(f, t->program, name, value,
		    row->words) : 0;
		*(int *)at = value ? row->least + i : row->most;
		return i < 0 ? -1 : 0;
	default:
		return row->set(into, value, f);
	}
}

/* getopt returns this plus the row for a long option. */
enum { LONG_BASE = 1000, SCREEN = 80 };

bool
option_letter_alone(const struct option_row *row)
{
	return !row->arg || (*row->arg == '[' && row->words);
}

void
option_begin(struct option_line *l, const struct option_table *t, int argc,
    char *argv[], bool mixed)
{
	size_t letters = 0, longs = 0;

	l->table = t;
	l->argc = argc;
	l->argv = argv;
	l->row = NULL;
	l->at = 1;
	memset(l->letters, 0, sizeof(l->letters));
	memset(l->longs, 0, sizeof(l->longs));
	if (!mixed)
		l->letters[letters++] = '+';
	l->letters[letters++] = ':';
	for (int i = 0; i < t->count; i++) {
		const struct option_row *row = &t->rows[i];
		bool optional = row->arg && *row->arg == '[';

		if (row->letter) {
			l->letters[letters++] = (char)row->letter;
			if (!option_letter_alone(row))
				l->letters[letters++] = ':';
		}
		if (row->name)
			l->longs[longs++] = (struct option){ row->name,
			    optional ? optional_argument : row->arg ?
			    required_argument : no_argument, NULL,
			    LONG_BASE + i };
	}
	opterr = 0;
	optind = 0; /* glibc: begin again, even inside "-nq" */
}

/* Find the long option that a mistyped word may mean, also after a single
 * dash. */
static void
near_find(const struct option_line *l, const char *word, struct near *n)
{
	size_t dashes = strspn(word, "-");

	near_begin(n, word + dashes, strcspn(word + dashes, "="));
	if (!dashes || n->len < 2)
		return;
	for (int i = 0; i < l->table->count; i++) {
		if (l->table->rows[i].name)
			near_try(n, l->table->rows[i].name);
	}
	if (dashes == 1 && n->edits)
		n->best = NULL; /* it is a group of letters */
}

/* The fault for a word that getopt rejects, as the user wrote it. */
static int
getopt_fault(const struct option_line *l, int c, struct fault *f)
{
	char hint[NEAR_HINT];
	struct near near;
	char letter[3] = { '-', (char)optopt, '\0' };
	const char *word = !optopt || optopt >= LONG_BASE ?
	    l->argv[optind - 1] : letter;
	bool known = c == ':' || optopt >= LONG_BASE;

	near_find(l, word, &near);
	/* Within a group of letters getopt has not left their word yet. */
	if (word == letter && l->at < l->argc && !near.best)
		near_find(l, l->argv[l->at], &near);
	return fault_set(f, EXIT_USAGE, known ? "option '" :
	    "unknown or ambiguous option '", word, c == ':' ?
	    "' needs an argument" : known ? "' takes no argument" : "'",
	    known ? "" : near_hint(&near, "--", hint), "; see ",
	    l->table->program, " --help", NULL);
}

static const struct option_row *
option_find(const struct option_table *t, int c)
{
	int i = 0;

	if (c >= LONG_BASE)
		return &t->rows[c - LONG_BASE];
	while (t->rows[i].letter != c)
		i++;
	return &t->rows[i];
}

int
option_next(struct option_line *l, void *into, struct fault *f)
{
	int c;

	c = getopt_long(l->argc, l->argv, l->letters, l->longs, NULL);
	l->at = optind;
	if (c == -1)
		return 0;
	if (c == '?' || c == ':')
		return getopt_fault(l, c, f);
	l->row = option_find(l->table, c);
	l->value = optarg;
	return row_set(l->table, l->row, into, l->value, f) < 0 ? -1 : 1;
}

/* Print text wrapped at SCREEN; the next lines begin at column. */
static void
wrapped_print(const char *text, int *at, int column)
{
	int n;

	for (; *text; text += n + (text[n] == ' ')) {
		n = (int)strcspn(text, " ");
		if (*at > column && *at + 1 + n > SCREEN) {
			printf("\n%*s", column, "");
			*at = column;
		} else if (*at > column) {
			putchar(' ');
			*at += 1;
		}
		printf("%.*s", n, text);
		*at += n;
	}
}

void
option_print(const struct option_row *row, int column, const char *before)
{
	bool optional = row->arg && *row->arg == '[';
	char left[64];
	int n;

	n = snprintf(left, sizeof(left), "  %c%c%s%s%s%s%s",
	    row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
	    !row->name ? "" : row->letter ? ", --" : "  --",
	    row->name ? row->name : "", optional ? "[" : "",
	    !row->arg ? "" : row->name ? "=" : " ",
	    !row->arg ? "" : row->arg + optional);
	printf("%s%*s", left, n < column - 1 ? column - n : 1, "");
	n = n < column - 1 ? column : n + 1;
	wrapped_print(before, &n, column);
	wrapped_print(row->help, &n, column);
	putchar('\n');
}

void
option_name_print(const char *name, int *at)
{
	int n = (int)strlen(name);

	if (*at + 2 + n > SCREEN) {
		printf(",\n ");
		*at = 1;
	} else if (*at) {
		putchar(',');
		++*at;
	} else {
		putchar(' ');
		*at = 1;
	}
	*at += printf(" %s", name);
}

/* Print the options needed first, with their help, and the names of the others. */
static void
short_print(const struct option_table *t)
{
	enum { COLUMN = 27 };
	const struct option_row *row;
	char name[64];
	int at = 0;

	for (row = t->rows; row < t->rows + t->count; row++) {
		if (row->flags & OPTION_FIRST)
			option_print(row, COLUMN, "");
	}
	puts("\nMore options (--help=all explains them):");
	for (row = t->rows; row < t->rows + t->count; row++) {
		if (row->flags & OPTION_FIRST)
			continue;
		if (!row->name)
			snprintf(name, sizeof(name), "-%c", row->letter);
		else if (!row->letter)
			snprintf(name, sizeof(name), "--%s", row->name);
		else
			snprintf(name, sizeof(name), "-%c --%s", row->letter,
			    row->name);
		option_name_print(name, &at);
	}
	putchar('\n');
}

void
option_groups_print(const struct option_table *t, int column, bool all)
{
	if (!all) {
		short_print(t);
		return;
	}
	for (int i = 0; i < t->count; i++) {
		if (t->rows[i].group)
			printf("%s%s:\n", i ? "\n" : "", t->rows[i].group);
		option_print(&t->rows[i], column, "");
	}
}
