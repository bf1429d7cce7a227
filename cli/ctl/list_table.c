/*
 * list_table.c: what runs, in columns.
 */
#include <sys/ioctl.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/cell.h"
#include "cli/ctl/list_table.h"

static size_t
screen_width(void)
{
	struct winsize ws;

	if (isatty(1) && ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40)
		return ws.ws_col;
	return isatty(1) ? 80 : 0;
}

enum { GAP = 2, WIDTH_MOST = 100, WIDTH_LEAST = 8 };
static const char *const titles[CELLS] = { "APP", "KEY", "PID", "STATE",
	"SINCE", "COMMAND" };

/* Columns on a screen: characters, not bytes (wide ones are not known). */
static size_t
columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

/* Where s goes on after n columns. */
static const char *
columns_skip(const char *s, size_t n)
{
	for (; *s && (n || (*s & 0xc0) == 0x80); s++) {
		if ((*s & 0xc0) != 0x80)
			n--;
	}
	return s;
}

/* Print a cell, not longer than limit: the middle goes, since both ends of a
 * path or command tell most.  Returns its columns. */
static size_t
cell_print(const char *s, size_t limit)
{
	size_t n = columns(s), head = (limit - 3) / 2;

	if (n <= limit) {
		fputs(s, stdout);
		return n;
	}
	printf("%.*s...%s", (int)(columns_skip(s, head) - s), s,
	    columns_skip(s, n - (limit - 3 - head)));
	return limit;
}

/* Colours are for a terminal, and for who has not asked for none
 * (https://no-color.org). */
static bool
coloured(void)
{
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");

	return isatty(1) && term && *term && strcmp(term, "dumb") &&
	    !(none && *none);
}

/* The titles bold; a state green while all is well, yellow in between, red
 * without a keeper that answers. */
static const char *
cell_colour(const struct found *found, enum cell cell)
{
	const char *word;

	if (!found)
		return "\033[1m";
	if (cell != CELL_STATE)
		return NULL;
	word = cell_state(found);
	return found->life != LIFE_KEPT ? "\033[31m" :
	    strcmp(word, "running") ? "\033[33m" : "\033[32m";
}

struct table {
	const struct founds *fs;
	size_t width[CELLS]; /* the widest cell; the last one has the rest */
	bool colour;
};

/* How wide each column is: names are cut so that a row fits the screen; where
 * there is none, one long name must not push all others away. */
static void
table_fit(struct table *t)
{
	size_t screen = screen_width(), fixed = 0, limit = WIDTH_MOST, len;
	char buf[CELL_SIZE];

	for (enum cell col = 0; col < CELLS; col++) {
		t->width[col] = strlen(titles[col]);
		for (size_t i = 0; i < t->fs->n; i++) {
			len = columns(cell_text(&t->fs->at[i], col, buf));
			if (len > t->width[col])
				t->width[col] = len;
		}
		if (col >= CELL_PID && col != CELL_COMMAND)
			fixed += t->width[col];
	}
	fixed += (CELLS - 1) * GAP;
	if (screen)
		limit = screen > fixed + 3 * WIDTH_LEAST ?
		    (screen - fixed) / 3 : WIDTH_LEAST;
	for (enum cell col = 0; col < CELL_PID; col++) {
		if (t->width[col] > limit)
			t->width[col] = limit;
		fixed += t->width[col];
	}
	t->width[CELL_COMMAND] = !screen ? SIZE_MAX :
	    screen > fixed + WIDTH_LEAST ? screen - fixed : WIDTH_LEAST;
}

static void
row_print(const struct table *t, const struct found *found)
{
	const char *s, *colour;
	char buf[CELL_SIZE];
	size_t len;

	for (enum cell col = 0; col < CELLS; col++) {
		s = found ? cell_text(found, col, buf) : titles[col];
		colour = t->colour ? cell_colour(found, col) : NULL;
		if (colour)
			fputs(colour, stdout);
		len = cell_print(s, t->width[col]);
		if (colour)
			fputs("\033[m", stdout);
		for (; col != CELL_COMMAND && len < t->width[col] + GAP; len++)
			putchar(' ');
	}
	putchar('\n');
}

void
list_table(const struct founds *fs)
{
	struct table t = { .fs = fs, .colour = coloured() };

	table_fit(&t);
	row_print(&t, NULL);
	for (size_t i = 0; i < fs->n; i++)
		row_print(&t, &fs->at[i]);
}
