/*
 * list.c: what runs, for people and for programs.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "cli/ctl/cell.h"
#include "cli/ctl/find.h"
#include "cli/ctl/json.h"
#include "cli/ctl/list.h"
#include "cli/ctl/sealed.h"
#include "cli/ctl/waiting.h"
#include "cli/say.h"
#include "cli/slot/instance.h"
#include "cli/table.h"
#include "cli/text.h"
#include "preload/contract.h"

/* null, a string, or an array for a tuple. */
static json_t *
json_found(struct ctl *c, const struct found *found)
{
	const struct info *i = &found->info;
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
	root_folder(&c->root, found->slot.name, dir);
	return json_pack("{s:o, s:o, s:i, s:I, s:I, s:s, s:b, s:f, s:o, s:o,"
	    " s:o, s:I, s:o}",
	    "app", json_shown(i->app), "key", json_key(i),
	    "index", i->index,
	    "pid", (json_int_t)found_pid(found),
	    "keeper", (json_int_t)found_keeper(found),
	    "state", cell_state(found), "stuck", found_stuck(found),
	    "since", (double)i->since / 1000,
	    "command", json_shown(command), "argv", argv,
	    "cwd", json_shown(i->cwd), "activations",
	    (json_int_t)fields_num(&found->state, "activations",
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
		    cell_state(&fs->at[n]));
		raw_word(i->app);
		if (key && !strchr(key, KEY_SEPARATOR))
			raw_word(key); /* one part, or the hash of many */
		else while ((part = info_key(i, part)))
			raw_word(part);
		putchar('\n');
	}
}

static const char *
found_text(const void *rows, size_t row, int col, char *buf)
{
	const struct founds *fs = rows;

	return cell_text(&fs->at[row], (enum cell)col, buf);
}

/* A state is green while all is well, yellow in between, red without a keeper
 * that answers. */
static const char *
found_colour(const void *rows, size_t row, int col)
{
	const struct founds *fs = rows;
	const struct found *found = &fs->at[row];

	if (col != CELL_STATE)
		return NULL;
	return found->life != LIFE_KEPT ? "\033[31m" :
	    strcmp(cell_state(found), "running") ? "\033[33m" : "\033[32m";
}

/* Only people are told what is not there: programs see that. */
static void
list_people(struct ctl *c, const struct founds *fs)
{
	static const char *const titles[CELLS] = { "APP", "KEY", "PID",
		"STATE", "SINCE", "COMMAND" };
	const struct table_columns columns = { .titles = titles, .n = CELLS,
		.names = CELL_PID, .rows = fs, .text = found_text,
		.colour = found_colour };
	const char *app = c->operands[0];

	if (fs->n)
		table_print(&columns, fs->n);
	else if (!c->search.unread.code)
		say_note("no instance ", app ? "of '" : "", app ? app : "",
		    app ? "' " : "", "runs", NULL);
	sealed_tell(c, fs);
}

int
ctl_list(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	int r;

	if (c->o.sealed)
		return sealed_list(c, f);
	if (c->o.waiting)
		return waiting_list(c, f);
	if (c->noperands > 1)
		return fault_set(f, EXIT_USAGE, "list: '",
		    c->operands[1], "': a key is for --waiting; see onlyonectl"
		    " --help", NULL);
	c->search.partial = c->search.glance = true;
	r = find_app(c, c->operands[0], NULL, 0, false, &fs, f);
	if (r == 0) {
		if (c->o.json)
			r = list_json(c, &fs, f);
		else if (c->o.raw)
			list_raw(&fs);
		else
			list_people(c, &fs);
	}
	/* The others are told all the same. */
	if (r == 0 && c->search.unread.code) {
		*f = c->search.unread;
		r = fflush(stdout) ? fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot write to standard output", NULL) : -1;
	}
	founds_free(&fs);
	return r;
}

int
ctl_status(struct ctl *c, struct fault *f)
{
	char app[TABLE_CELL], rest[TABLE_CELL];
	struct founds fs = { 0 };
	struct found *one;
	int r;

	if (c->o.json)
		return fault_set(f, EXIT_USAGE, "status does not take --json"
		    " without --cluster; list does", NULL);
	r = find_one(c, &fs, &one, f);
	if (r == 1) {
		find_none(c, f);
		puts(f->line);
		r = EXIT_NONE;
	} else if (r == 0) {
		printf("%s is %s, pid %s, ", cell_text(one, CELL_APP, app),
		    cell_state(one), cell_text(one, CELL_PID, rest));
		printf("%s: ", say_age(rest, one->info.since));
		puts(cell_text(one, CELL_COMMAND, rest));
	}
	founds_free(&fs);
	return r;
}

int
ctl_pid(struct ctl *c, struct fault *f)
{
	struct founds fs = { 0 };
	struct found *one;
	int r = find_the(c, &fs, &one, f);

	if (r == 0 && !strcmp(cell_state(one), "held"))
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
	int r;

	c->search.glance = true;
	r = find_app(c, c->operands[0], c->operands + 1,
	    c->noperands - 1, c->noperands > 1, &fs, f);
	if (r == 0)
		printf("%zu\n", fs.n);
	founds_free(&fs);
	return r;
}
