/*
 * list.c: onlyonectl list, status, pid and count: the instances, for people and
 * for programs.
 *
 * A slot that cannot be read does not hide the others: list prints those, then
 * fails with the reason.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/json_print.h"
#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/list.h"
#include "cli/core/ctl/owner_now.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/stamps.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/skips.h"

static json_t *
json_pid(const char *pid)
{
	return json_integer(strtoll(pid, NULL, 10));
}

/* A pid of another pid namespace. */
static json_t *
json_unseen(const char *pid)
{
	(void)pid;
	return json_integer(0);
}

/* One instance as an object.  NULL: ENOMEM. */
static json_t *
json_found(const struct found *found)
{
	const struct info *i = &found->info;
	char command[INFO_ARGS_SHOWN * 4], dir[PATH_MAX];
	struct text t = text_in(command, sizeof(command));
	struct skips skips;

	info_command(i, &t);
	skips_find(found, &skips);
	root_folder(found->root, found->slot.name, dir);
	return json_pack("{s:o, s:o, s:i, s:I, s:I, s:s, s:b, s:f, s:o, s:o,"
	    " s:o, s:I, s:I, s:o, s:o, s:o}",
	    "app", json_shown(i->app), "key", json_key(i),
	    "index", i->index,
	    "pid", (json_int_t)found_pid(found),
	    "keeper", (json_int_t)found_keeper(found),
	    "state", cell_state(found), "stuck", found_stuck(found),
	    "since", (double)i->since / 1000,
	    "command", json_shown(command), "argv", json_values(&i->all,
	    "arg", json_shown),
	    "cwd", json_shown(i->cwd), "activations",
	    (json_int_t)fields_num(&found->state, "activations",
	    i->activations), "skipped", (json_int_t)skips.n,
	    "passed", i->passed ? json_real((double)i->passed / 1000) :
	    json_null(), "dir", json_shown(dir), "waiting",
	    json_values(&found->state, "waiter", found->elsewhere ?
	    json_unseen : json_pid));
}

static int
list_json(const struct founds *fs, struct fault *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < fs->n; i++)
		json_add(&array, json_found(&fs->at[i]));
	return json_print(array, f);
}

static void
raw_word(const char *s)
{
	char buf[4 * NAME_SHOWN + 1];
	struct text t = text_in(buf, sizeof(buf));

	text_show(&t, s, strlen(s));
	printf("\t%s", t.at);
}

/* A line for shells, of tab-separated words: bytes that are not printable are
 * escaped, tabs too.  An instance without a key has no fourth word. */
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

enum { TELLS = 768 };

/* With -v: what happens to a document that is opened later. */
static void
documents_tell(const struct found *found)
{
	char words[TELLS];
	struct text t = text_in(words, sizeof(words));

	if (!found_runs(found) || found->elsewhere)
		return;
	evidence_tell(&t, &found->info);
	if (t.len)
		say_more(found->info.app, " (pid ", TEXT_NUM(found_pid(found)),
		    "): ", words, NULL);
}

/* Print a table, or note that nothing is running: programs need no notes. */
static void
list_people(struct ctl *c, const struct founds *fs)
{
	static const char *const titles[CELLS] = { "APP", "KEY", "PID",
		"STATE", "SINCE", "COMMAND" };
	const struct table_columns columns = { .titles = titles, .n = CELLS,
		.names = CELL_PID, .rows = fs, .text = found_text };
	const char *app = c->operands[0];

	if (fs->n)
		table_print(&columns, fs->n);
	for (size_t i = 0; c->o.loudness == SAY_VERBOSE && i < fs->n; i++)
		documents_tell(&fs->at[i]);
	if (!fs->n && !c->search.unread.code)
		say_note("no instance ", app ? "of '" : "", app ? app : "",
		    app ? "' " : "", "is running", NULL);
}

int
ctl_list(struct ctl *c, struct fault *f)
{
	int r = 0;

	if (c->o.every)
		return stamps_list(c, f);
	if (c->noperands > 1)
		return fault_set(f, EXIT_USAGE, "list: '",
		    c->operands[1], "': a key is for --every; see onlyonectl"
		    " --help", NULL);
	if (c->o.raw && c->o.json)
		return fault_set(f, EXIT_USAGE, "list: either --json or --raw; see"
		    " onlyonectl --help", NULL);
	c->search.partial = true;
	if (find_meant(c, f) < 0)
		return -1;
	if (c->o.json)
		r = list_json(&c->found, f);
	else if (c->o.raw)
		list_raw(&c->found);
	else
		list_people(c, &c->found);
	/* The list is printed; now report the slot that cannot be read. */
	if (r == 0 && c->search.unread.code) {
		*f = c->search.unread;
		r = fflush(stdout) ? fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot write to standard output", NULL) : -1;
	}
	return r;
}

int
ctl_status(struct ctl *c, struct fault *f)
{
	char app[TABLE_CELL], rest[TABLE_CELL], line[SKIPS_BYTES];
	char passed[WORDS_PASSED];
	struct text t = text_in(rest, sizeof(rest));
	struct skips skips;
	int r;

	r = find_one(c, f);
	if (r == 1 || (r == 0 && !found_runs(c->one))) {
		if (r == 1)
			find_none(c, f);
		else
			found_none(c->one, f);
		puts(f->line);
		r = f->code;
	} else if (r == 0) {
		printf("%s is %s, ", cell_text(c->one, CELL_APP, app),
		    state_shown(cell_state(c->one)));
		printf("pid %s, ", cell_text(c->one, CELL_PID, rest));
		printf("%s", say_age(rest, c->one->info.since));
		info_command(&c->one->info, &t);
		text_add(&t, words_passed(&c->one->info.all, passed));
		printf("%s%s\n", t.len ? ": " : "", rest);
		t = text_in(line, sizeof(line));
		holds_waiting(&c->one->state, "", &t);
		if (t.len)
			puts(line);
		t = text_in(line, sizeof(line));
		skips_find(c->one, &skips);
		skips_text(&skips, c->o.loudness == SAY_VERBOSE, &t);
		if (skips.n)
			puts(line);
	}
	return r;
}

int
ctl_pid(struct ctl *c, struct fault *f)
{
	const struct found *one;
	pid_t pid;
	bool held;
	int r;

	if (find_the(c, f) < 0)
		return -1;
	one = c->one;
	held = found_holds(one) == HOLDS_PARENT;
	if (held && words_rest(&one->state)) {
		words_held(&one->state, one->info.app, f);
		return -1;
	}
	if (held)
		return fault_set(f, EXIT_NONE, one->info.app, " has ended; its"
		    " launch stays, and keeps the slot", NULL);
	r = settle_pid(one, &pid, f);
	if (r == 1)
		return find_none(c, f);
	if (r < 0)
		return -1;
	printf("%d\n", (int)pid);
	return 0;
}

int
ctl_count(struct ctl *c, struct fault *f)
{
	size_t n = 0;

	if (find_meant(c, f) < 0)
		return -1;
	for (size_t i = 0; i < c->found.n; i++)
		n += found_runs(&c->found.at[i]);
	printf("%zu\n", n);
	return 0;
}
