/*
 * list.c: what runs, for people and for programs.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/json.h"
#include "cli/slot/instance.h"
#include "cli/say.h"
#include "cli/text.h"
#include "preload/contract.h"

/* One word for the state of an instance. */
static const char *
life_word(const struct found *fd)
{
	const char *s;

	switch (fd->life) {
	case LIFE_KEPT:
		s = fields_get(&fd->state, "state");
		return s ? s : "running";
	case LIFE_SILENT:
		return "silent";
	case LIFE_BARE:
	case LIFE_HIDDEN:
		return "unkept";
	default:
		return "dead";
	}
}

/* null, a string, or an array for a tuple. */
static json_t *
json_key(const struct info *i)
{
	const char *part = info_key(i, NULL);
	json_t *array;

	if (!part)
		return json_null();
	if (!info_key(i, part))
		return json_shown(part);
	array = json_array();
	for (; part; part = info_key(i, part)) {
		if (json_array_append_new(array, json_shown(part)) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

static json_t *
json_found(struct ctl *c, const struct found *fd)
{
	const struct info *i = &fd->info;
	char command[INFO_ARGS_SHOWN * 4], dir[PATH_MAX];
	json_t *argv = json_array();
	const char *arg = NULL;
	struct text t;

	text_init(&t, command, sizeof(command));
	info_command(i, &t);
	while ((arg = fields_next(&i->all, "arg", arg))) {
		if (json_array_append_new(argv, json_shown(arg)) < 0) {
			json_decref(argv);
			return NULL;
		}
	}
	root_folder(&c->root, fd->slot.name, dir);
	return json_pack("{s:o, s:o, s:i, s:I, s:I, s:s, s:b, s:f, s:o, s:o,"
	    " s:o, s:I, s:o}",
	    "app", json_shown(i->app), "key", json_key(i), "index", i->index,
	    "pid", (json_int_t)found_pid(fd),
	    "keeper", (json_int_t)found_keeper(fd),
	    "state", life_word(fd), "stuck", found_stuck(fd),
	    "since", (double)i->since / 1000,
	    "command", json_shown(command), "argv", argv,
	    "cwd", json_shown(i->cwd), "activations",
	    (json_int_t)fields_num(&fd->state, "activations",
	    i->activations), "dir", json_shown(dir));
}

static int
list_json(struct ctl *c, const struct founds *fs, struct fault *f)
{
	json_t *array = json_array(), *one;
	int r = array ? 0 : -1;

	for (size_t i = 0; r == 0 && i < fs->n; i++) {
		one = json_found(c, &fs->at[i]);
		r = json_array_append_new(array, one); /* -1 also for NULL */
	}
	if (r < 0)
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list", NULL);
	else if (json_dumpf(array, stdout, JSON_INDENT(2)) == 0)
		putchar('\n'); /* else the stream has the error */
	json_decref(array);
	return r;
}

static size_t
screen_width(void)
{
	struct winsize ws;

	if (isatty(1) && ioctl(1, TIOCGWINSZ, &ws) == 0 && ws.ws_col >= 40)
		return ws.ws_col;
	return isatty(1) ? 80 : 0;
}

enum { NAMES = 2, STATE = 3, COMMAND = 5, COLUMNS = 6, GAP = 2 };
enum { CELL = 4096, CELL_MOST = 100, CELL_LEAST = 8 };
static const char *const titles[COLUMNS] = { "APP", "KEY", "PID", "STATE",
	"SINCE", "COMMAND" };

/* The text of one cell. */
static const char *
cell_text(const struct found *fd, int column, char *buf)
{
	const struct info *i = &fd->info;
	struct text t;

	text_init(&t, buf, CELL);
	switch (column) {
	case 0:
		text_show(&t, i->app, strlen(i->app));
		break;
	case 1:
		instance_key_text(i, &t);
		break;
	case 2:
		if (found_pid(fd))
			text_num(&t, found_pid(fd));
		else
			text_add(&t, "?");
		break;
	case 3:
		return found_stuck(fd) ? "stuck" : life_word(fd);
	case 4:
		return say_age(buf, i->since) + strlen("since ");
	default:
		info_command(i, &t);
	}
	return t.at;
}

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
cell_colour(const struct found *fd, int column)
{
	const char *word;

	if (!fd)
		return "\033[1m";
	if (column != STATE)
		return NULL;
	word = life_word(fd);
	return fd->life != LIFE_KEPT ? "\033[31m" :
	    strcmp(word, "running") ? "\033[33m" : "\033[32m";
}

struct table {
	const struct founds *fs;
	size_t width[COLUMNS]; /* the widest cell; the last one has the rest */
	bool colour;
};

/* How wide each column is: names are cut so that a row fits the screen; where
 * there is none, one long name must not push all others away. */
static void
table_fit(struct table *t)
{
	size_t screen = screen_width(), fixed = 0, limit = CELL_MOST, len;
	char buf[CELL];

	for (int col = 0; col < COLUMNS; col++) {
		t->width[col] = strlen(titles[col]);
		for (size_t i = 0; i < t->fs->n; i++) {
			len = columns(cell_text(&t->fs->at[i], col, buf));
			if (len > t->width[col])
				t->width[col] = len;
		}
		if (col >= NAMES && col != COMMAND)
			fixed += t->width[col];
	}
	fixed += (COLUMNS - 1) * GAP;
	if (screen)
		limit = screen > fixed + 3 * CELL_LEAST ?
		    (screen - fixed) / 3 : CELL_LEAST;
	for (int col = 0; col < NAMES; col++) {
		if (t->width[col] > limit)
			t->width[col] = limit;
		fixed += t->width[col];
	}
	t->width[COMMAND] = !screen ? SIZE_MAX :
	    screen > fixed + CELL_LEAST ? screen - fixed : CELL_LEAST;
}

static void
row_print(const struct table *t, const struct found *fd)
{
	const char *s, *colour;
	char buf[CELL];
	size_t len;

	for (int col = 0; col < COLUMNS; col++) {
		s = fd ? cell_text(fd, col, buf) : titles[col];
		colour = t->colour ? cell_colour(fd, col) : NULL;
		if (colour)
			fputs(colour, stdout);
		len = cell_print(s, t->width[col]);
		if (colour)
			fputs("\033[m", stdout);
		for (; col != COMMAND && len < t->width[col] + GAP; len++)
			putchar(' ');
	}
	putchar('\n');
}

static void
list_table(const struct founds *fs)
{
	struct table t = { .fs = fs, .colour = coloured() };

	table_fit(&t);
	row_print(&t, NULL);
	for (size_t i = 0; i < fs->n; i++)
		row_print(&t, &fs->at[i]);
}

static void
raw_word(const char *s)
{
	char buf[4 * NAME_SHOWN + 1];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_show(&t, s, strlen(s));
	printf("\t%s", t.at);
}

/* For shells, where no word can be mistaken: what is not printable is escaped,
 * a tab in a name too.  An instance without a key has no fourth word. */
static void
list_raw(const struct founds *fs)
{
	for (size_t n = 0; n < fs->n; n++) {
		const struct info *i = &fs->at[n].info;
		char joined[NAME_SHOWN + 1];
		const char *part = NULL, *key = instance_key(i, joined);

		printf("%d\t%s", (int)found_pid(&fs->at[n]),
		    life_word(&fs->at[n]));
		raw_word(i->app);
		if (key && !strchr(key, KEY_SEPARATOR))
			raw_word(key); /* one part, or the hash of many */
		else while ((part = info_key(i, part)))
			raw_word(part);
		putchar('\n');
	}
}

int
ctl_list(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	int r;

	c->partial = true;
	r = find_app(c, c->operands[0], NULL, 0, false, &fs, f);
	if (r == 0) {
		if (c->json)
			r = list_json(c, &fs, f);
		else if (c->raw)
			list_raw(&fs);
		else if (fs.n)
			list_table(&fs);
		else if (!c->unread.code)
			say_note("no instance runs", NULL);
	}
	/* The others are told all the same. */
	if (r == 0 && c->unread.code) {
		*f = c->unread;
		r = fflush(stdout) ? fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot write to standard output", NULL) : -1;
	}
	founds_free(&fs);
	return r;
}

int
ctl_status(struct ctl *c, struct fault *f)
{
	char app[CELL], rest[CELL];
	struct founds fs = { 0 };
	struct found *one;
	struct text t;
	int r = find_one(c, &fs, &one, f);

	if (r == 1) {
		text_init(&t, app, sizeof(app));
		text_show(&t, c->operands[0], strlen(c->operands[0]));
		printf("%s is not running\n", app);
		r = EXIT_NONE;
	} else if (r == 0) {
		printf("%s is %s, pid %s, ", cell_text(one, 0, app),
		    life_word(one), cell_text(one, 2, rest));
		printf("%s: ", say_age(rest, one->info.since));
		puts(cell_text(one, 5, rest));
	}
	founds_free(&fs);
	return r;
}

int
ctl_pid(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	int r = find_one(c, &fs, &one, f);

	if (r == 1)
		r = fault_set(f, EXIT_NONE, c->operands[0],
		    " is not running", NULL);
	else if (r == 0 && !strcmp(life_word(one), "held"))
		r = fault_set(f, EXIT_NONE, one->info.app, " is held by its"
		    " parent, and no program runs just now", NULL);
	else if (r == 0 && !found_pid(one))
		r = fault_set(f, EXIT_NOANSWER, one->info.app, " runs, but"
		    " its pid cannot be seen from here", NULL);
	else if (r == 0)
		printf("%d\n", (int)found_pid(one));
	founds_free(&fs);
	return r;
}

int
ctl_count(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	int r = find_app(c, c->operands[0], c->operands + 1,
	    c->noperands - 1, c->noperands > 1, &fs, f);

	if (r == 0)
		printf("%zu\n", fs.n);
	founds_free(&fs);
	return r;
}
