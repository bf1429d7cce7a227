/*
 * table.c: a table for people, as wide as their screen.
 */
#include <sys/ioctl.h>

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/table.h"

static size_t
screen_width(void)
{
	struct winsize ws;

	if (isatty(1) && ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40)
		return ws.ws_col;
	return isatty(1) ? 80 : 0;
}

enum { GAP = 2, WIDTH_MOST = 100, WIDTH_LEAST = 8 };

/* Columns on a screen: characters, not bytes (wide ones are not known). */
static size_t
char_columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* The rest of s after n columns. */
static const char *
columns_skip(const char *s, size_t n)
{
	for (; *s && (n || (*s & 0xc0) == 0x80); s++) {
		if ((*s & 0xc0) != 0x80)
			n--;
	}
	return s;
}

/* Print a cell, not longer than limit: the middle is cut, since both ends of a
 * path or command tell most.  Returns its columns. */
static size_t
cell_print(const char *s, size_t limit)
{
	size_t n = char_columns(s), head = (limit - 3) / 2;

	if (n <= limit) {
		fputs(s, stdout);
		return n;
	}
	printf("%.*s...%s", (int)(columns_skip(s, head) - s), s,
	    columns_skip(s, n - (limit - 3 - head)));
	return limit;
}

struct table {
	const struct table_columns *c;
	size_t n;
	size_t width[TABLE_COLUMNS]; /* of the widest cell; last: the rest */
};

/* Set the width of each column: names are cut so that a row fits the screen;
 * without a screen, one long name must not push all others away. */
static void
table_fit(struct table *t)
{
	size_t screen = screen_width(), fixed = 0, limit = WIDTH_MOST, len;
	char buf[TABLE_CELL];
	int last = t->c->n - 1;

	for (int col = 0; col <= last; col++) {
		t->width[col] = strlen(t->c->titles[col]);
		for (size_t i = 0; i < t->n; i++) {
			len = char_columns(t->c->text(t->c->rows, i, col, buf));
			if (len > t->width[col])
				t->width[col] = len;
		}
		if (col >= t->c->names && col != last)
			fixed += t->width[col];
	}
	fixed += (size_t)last * GAP;
	if (screen)
		limit = screen > fixed + (size_t)(t->c->names + 1) *
		    WIDTH_LEAST ? (screen - fixed) /
		    (size_t)(t->c->names + 1) : WIDTH_LEAST;
	for (int col = 0; col < t->c->names; col++) {
		if (t->width[col] > limit)
			t->width[col] = limit;
		fixed += t->width[col];
	}
	t->width[last] = !screen || !t->c->names ? SIZE_MAX :
	    screen > fixed + WIDTH_LEAST ? screen - fixed : WIDTH_LEAST;
}

/* A row; i < 0: the titles. */
static void
row_print(const struct table *t, long i)
{
	const char *s;
	char buf[TABLE_CELL];
	size_t len;

	for (int col = 0; col < t->c->n; col++) {
		s = i < 0 ? t->c->titles[col] :
		    t->c->text(t->c->rows, (size_t)i, col, buf);
		if (col == t->c->n - 1) {
			cell_print(s, t->width[col]);
			break;
		}
		/* An age, which is not cut, may be longer by now. */
		len = cell_print(s, col < t->c->names ? t->width[col] :
		    SIZE_MAX);
		do
			putchar(' ');
		while (++len < t->width[col] + GAP);
	}
	putchar('\n');
}

void
table_print(const struct table_columns *c, size_t n)
{
	struct table t = { .c = c, .n = n };

	table_fit(&t);
	for (long i = -1; i < (long)n; i++)
		row_print(&t, i);
}
