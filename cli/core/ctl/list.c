/*
 * list.c: onlyonectl list, status, pid, count and cancel: the instances, and the
 * launches that wait for one, for people and for programs.
 *
 * A slot that cannot be read does not hide the others: list prints them all,
 * then fails with the reason.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/json_print.h"
#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/stamps.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/ctl/verbs.h"
#include "cli/core/key/identity.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/seal.h"
#include "preload/contract.h"

/*
 * The launches that wait for an instance: list --waiting, cancel.
 *
 * Keepers know them: each waiting launch is connected to one keeper, or with
 * --max to several.  What it is to run is read from its command line in /proc.
 */

enum { PIDS_MOST = 10, PIDS = 16 * PIDS_MOST };

struct waiter {
	const struct found *found; /* the instance that it waits for */
	pid_t pid;                 /* 0: in another pid namespace */
	char what[16];             /* wait, replace, queue, join ... */
	long long came;            /* wall clock, ms */
	long long place;           /* in the line; 0: none */
};

struct waiters {
	struct buf all;
	struct waiter *at;
	size_t n;
};

/* Whether a launch is listed already.  One that waits in several lines is
 * listed once, with its best place. */
static bool
waiter_known(struct waiters *w, const struct waiter *new)
{
	for (size_t i = 0; new->pid && i < w->n; i++) {
		if (w->at[i].pid != new->pid || strcmp(w->at[i].what,
		    new->what) || strcmp(w->at[i].found->info.app,
		    new->found->info.app))
			continue;
		if (new->place < w->at[i].place)
			w->at[i] = *new;
		return true;
	}
	return false;
}

static void
waiters_take(struct waiters *w, const struct found *found,
    const struct fields *b)
{
	const char *pid = NULL, *what = NULL, *came = NULL, *place = NULL;
	struct waiter new;

	while ((pid = fields_next(b, "waiter", pid)) &&
	    (what = fields_next(b, "for", what)) &&
	    (came = fields_next(b, "came", came)) &&
	    (place = fields_next(b, "place", place))) {
		struct text t;

		memset(&new, 0, sizeof(new));
		new.found = found;
		new.pid = found->elsewhere ? 0 : (pid_t)strtol(pid, NULL, 10);
		new.came = strtoll(came, NULL, 10);
		new.place = strtoll(place, NULL, 10);
		t = text_in(new.what, sizeof(new.what));
		text_add(&t, what);
		if (waiter_known(w, &new) ||
		    buf_add(&w->all, &new, sizeof(new)) < 0)
			continue;
		w->at = (struct waiter *)(void *)w->all.at;
		w->n++;
	}
}

static int
waiter_order(const void *a, const void *b)
{
	const struct waiter *x = a, *y = b;
	int r = strcmp(x->found->info.app, y->found->info.app);

	if (r)
		return r;
	if (x->place != y->place && (!x->place || !y->place))
		return x->place ? -1 : 1;
	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->came > y->came) - (x->came < y->came);
}

/* Ask the keepers of all fs which launches wait.  0; -1: some keeper does not
 * tell, but w has the launches that wait at the others. */
static int
waiters_find(struct ctl *c, const struct founds *fs, struct waiters *w,
    struct fault *f)
{
	struct fault why;
	int r, result = 0;

	memset(w, 0, sizeof(*w));
	w->all = (struct buf){ 0 };
	for (size_t i = 0; i < fs->n; i++) {
		r = tell(c, &fs->at[i], FRAME_LINE, NULL, 0, &why);
		if (r == 0 && c->reply.type == FRAME_WAITERS)
			waiters_take(w, &fs->at[i], &c->reply.body);
		else if (r == 0)
			r = tell_reply(c, &fs->at[i], &why);
		if (r < 0 && result == 0)
			*f = why;
		if (r < 0)
			result = -1;
	}
	if (w->all.failed)
		result = fault_errno(f, EXIT_SYSTEM, ENOMEM, "cannot list",
		    NULL);
	if (w->n)
		qsort(w->at, w->n, sizeof(*w->at), waiter_order);
	return result;
}

/* The launch's command line, as one would type it, in out (TABLE_CELL
 * bytes). */
static const char *
waiter_command(const struct waiter *w, char *out)
{
	char line[TABLE_CELL] = "";
	struct text l = text_in(line, sizeof(line));
	struct text t = text_in(out, TABLE_CELL);
	struct buf b = { 0 };

	words_command(w->pid, &b, &l);
	text_show(&t, line, strlen(line));
	buf_free(&b);
	return out;
}

enum { COL_APP, COL_KEY, COL_PID, COL_FOR, COL_SINCE, COL_PLACE, COL_COMMAND,
	COLS };

static const char *
waiter_text(const void *rows, size_t row, int col, char *buf)
{
	const struct waiter *w = &((const struct waiters *)rows)->at[row];
	struct text t = text_in(buf, TABLE_CELL);

	switch (col) {
	case COL_APP:
		return cell_text(w->found, CELL_APP, buf);
	case COL_KEY:
		return cell_text(w->found, CELL_KEY, buf);
	case COL_PID:
		if (w->pid)
			text_num(&t, w->pid);
		else
			text_add(&t, "?");
		break;
	case COL_FOR:
		text_show(&t, w->what, strlen(w->what));
		break;
	case COL_SINCE:
		return say_age(buf, w->came) + strlen("for ");
	case COL_PLACE:
		if (w->place)
			text_num(&t, w->place);
		else
			text_add(&t, "-");
		break;
	default:
		return waiter_command(w, buf);
	}
	return t.at;
}

static int
waiters_json(const struct waiters *w, struct fault *f)
{
	json_t *array = json_array();
	char command[TABLE_CELL];

	for (size_t i = 0; i < w->n; i++) {
		const struct waiter *one = &w->at[i];

		json_add(&array, json_pack("{s:o, s:o, s:I, s:s, s:f, s:o,"
		    " s:o, s:I}",
		    "app", json_shown(one->found->info.app),
		    "key", json_key(&one->found->info),
		    "pid", (json_int_t)one->pid, "for", one->what,
		    "since", (double)one->came / 1000,
		    "place", one->place ? json_integer(one->place) :
		    json_null(),
		    "command", json_shown(waiter_command(one, command)),
		    "instance", (json_int_t)found_pid(one->found)));
	}
	return json_print(array, f);
}

static void
waiters_people(const struct waiters *w)
{
	static const char *const titles[COLS] = { "APP", "KEY", "PID", "FOR",
		"SINCE", "PLACE", "COMMAND" };
	const struct table_columns columns = { .titles = titles, .n = COLS,
		.names = COL_PID, .rows = w, .text = waiter_text };

	table_print(&columns, w->n);
}

/* list --waiting.  0, or -1 with a fault. */
static int
waiting_list(struct ctl *c, struct fault *f)
{
	struct waiters w;
	struct fault ours = { .code = 0 };
	int r = 0, told;

	if (find_meant(c, f) < 0)
		return -1;
	told = waiters_find(c, &c->found, &w, f);
	if (c->o.json)
		r = waiters_json(&w, &ours);
	else if (w.n)
		waiters_people(&w);
	else if (told == 0)
		say_note("no launch waits", NULL);
	if (r < 0)
		*f = ours;
	else if (told < 0)
		r = fflush(stdout) ? fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot write to standard output", NULL) : -1;
	buf_free(&w.all);
	return r;
}

/* Choose the launch to cancel; *pid 0: all.  If several wait, --pid or --all is
 * needed. */
static int
cancel_choose(const struct ctl *c, const struct waiters *w, pid_t *pid,
    struct fault *f)
{
	char pids[PIDS], digits[24];
	bool named = false;
	struct text t;

	for (size_t i = 0; i < w->n; i++)
		named |= w->at[i].pid == c->o.pid;
	if (!w->n)
		return fault_set(f, EXIT_NONE, "no launch waits for ",
		    c->operands[0], NULL);
	if (c->o.pid && !named)
		return fault_set(f, EXIT_NONE, "pid ", say_num(digits,
		    c->o.pid), " does not wait for ", c->operands[0], NULL);
	*pid = c->o.all ? 0 : c->o.pid ? c->o.pid : w->at[0].pid;
	if (w->n == 1 || c->o.pid || c->o.all)
		return 0;
	t = text_in(pids, sizeof(pids));
	for (size_t i = 0; i < w->n && i < PIDS_MOST; i++) {
		text_add(&t, i ? ", " : "");
		text_num(&t, w->at[i].pid);
	}
	return fault_set(f, EXIT_USAGE, say_num(digits, (long long)w->n),
	    " launches wait for ", c->operands[0], "; use --all, or --pid with"
	    " one of ", pids, w->n > PIDS_MOST ? ", ..." : NULL, NULL);
}

/* Ask the keeper of one instance to cancel launch pid (0: all).  0: done; 1: no
 * such launch waits there; -1: fault. */
static int
cancel_ask(struct ctl *c, const struct found *found, pid_t pid,
    struct fault *f)
{
	int r = tell_pid(c, found, FRAME_CANCEL, pid, f);

	if (r == 0)
		r = tell_reply(c, found, f);
	return r ? r : fields_num(&c->reply.body, "status", 0) != 0;
}

int
ctl_cancel(struct ctl *c, struct fault *f)
{
	struct waiters w;
	pid_t pid = 0;
	bool any = false;
	int r, one;

	if (c->o.all && c->o.pid)
		return fault_set(f, EXIT_USAGE, "cancel: either --all or"
		    " --pid; see onlyonectl --help", NULL);
	if (find_meant(c, f) < 0)
		return -1;
	if (!c->found.n)
		return find_none(c, f);
	r = waiters_find(c, &c->found, &w, f);
	if (r == 0)
		r = cancel_choose(c, &w, &pid, f);
	for (size_t i = 0; r == 0 && i < c->found.n; i++) {
		one = cancel_ask(c, &c->found.at[i], pid, f);
		any |= one == 0;
		r = one < 0 ? -1 : 0;
	}
	if (r == 0 && !any)
		r = fault_set(f, EXIT_NONE, "it waits for ", c->operands[0],
		    " no more", NULL);
	buf_free(&w.all);
	return r;
}

/*
 * The sealed applications, whether or not they run.
 *
 * A seal outlives its instances: so seals have a list of their own, and a note
 * below the list of instances names the sealed applications that do not run.
 */

enum { NAMES = 768 };

/* A walk through the seals in the root. */
struct walk {
	DIR *dir;
	char path[PATH_MAX], name[NAME_SHOWN + 1]; /* wanted; name "": all */
	struct buf b;
	struct fields list; /* of the current seal; points into b */
	const char *app;
};

/* 1: begun; 0: there is no state root; -1: fault. */
static int
walk_begin(struct ctl *c, struct walk *w, struct fault *f)
{
	const char *operand = c->operands[0];

	w->dir = NULL;
	w->name[0] = '\0';
	w->b = (struct buf){ 0 };
	if (operand)
		identity_name(operand, w->name);
	if ((operand && find_path(operand, w->path, f) < 0) ||
	    root_find(&c->root, f) < 0)
		return -1;
	if (!c->root.exists)
		return 0;
	if (root_open(&c->root, f) < 0)
		return -1;
	w->dir = root_list(&c->root);
	return w->dir ? 1 : fault_errno(f, fault_state(errno), errno,
	    "cannot read ", c->root.path, NULL);
}

/* Read the next seal that is wanted.  A seal that cannot be read is skipped: a
 * launch of its application reports it. */
static bool
walk_next(struct ctl *c, struct walk *w)
{
	struct dirent *e;

	while ((e = io_entry(w->dir))) {
		buf_free(&w->b);
		if (strncmp(e->d_name, SEAL_PREFIX, strlen(SEAL_PREFIX)) ||
		    seal_read(&c->root, e->d_name, &w->b, &w->list) !=
		    SEAL_KNOWN)
			continue;
		w->app = fields_get(&w->list, "app");
		if (w->app && (!*w->name ||
		    wanted_name(w->app, w->name, w->path)))
			return true;
	}
	return false;
}

static void
walk_end(struct walk *w)
{
	if (w->dir)
		closedir(w->dir);
	buf_free(&w->b);
}

static json_t *
json_sealed(const struct walk *w)
{
	return json_pack("{s:o, s:o}", "app", json_shown(w->app), "keys",
	    json_values(&w->list, "name", json_shown));
}

static void
print_sealed(const struct walk *w)
{
	char app[4 * NAME_SHOWN + 1], keys[NAMES];
	const char *name = NULL;
	struct text t = text_in(app, sizeof(app));
	struct text k = text_in(keys, sizeof(keys));

	text_show(&t, w->app, strlen(w->app));
	while ((name = fields_next(&w->list, "name", name))) {
		text_add(&k, k.len ? ", " : "");
		text_quoted(&k, name);
	}
	text_dots(&k);
	printf("%s  %s\n", app, k.len ? keys : "nothing may run");
}

/* onlyonectl list --sealed: print the sealed applications that the operand
 * means (none: all), and the keys that may run.  0 or -1. */
static int
sealed_list(struct ctl *c, struct fault *f)
{
	json_t *array = c->o.json ? json_array() : NULL;
	struct walk w;
	size_t n = 0;
	int r = walk_begin(c, &w, f);

	for (; r == 1 && walk_next(c, &w); n++) {
		if (c->o.json)
			json_add(&array, json_sealed(&w));
		else
			print_sealed(&w);
	}
	walk_end(&w);
	if (r >= 0 && c->o.json)
		r = json_print(array, f);
	else if (r >= 0 && !n)
		say_note("nothing is sealed", NULL);
	return r < 0 ? -1 : 0;
}

/* Note which sealed applications have no instance in fs. */
static void
sealed_tell(struct ctl *c, const struct founds *fs)
{
	char names[NAMES];
	struct fault f;
	struct text t = text_in(names, sizeof(names));
	struct walk w;
	bool runs;

	if (walk_begin(c, &w, &f) == 1) {
		while (walk_next(c, &w)) {
			runs = false;
			for (size_t i = 0; i < fs->n && !runs; i++)
				runs = !strcmp(fs->at[i].info.app, w.app);
			if (runs)
				continue;
			text_all(&t, t.len ? ", " : "", w.app, NULL);
		}
	}
	walk_end(&w);
	text_dots(&t);
	if (t.len)
		say_note("sealed, and not running: ", names,
		    "; see onlyonectl list --sealed", NULL);
}

/* One instance as an object.  NULL: ENOMEM. */
static json_t *
json_found(struct ctl *c, const struct found *found)
{
	const struct info *i = &found->info;
	char command[INFO_ARGS_SHOWN * 4], dir[PATH_MAX];
	struct text t = text_in(command, sizeof(command));
	struct skips skips;

	info_command(i, &t);
	skips_find(c, found, &skips);
	root_folder(&c->root, found->slot.name, dir);
	return json_pack("{s:o, s:o, s:i, s:I, s:I, s:s, s:b, s:f, s:o, s:o,"
	    " s:o, s:I, s:I, s:o, s:o}",
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
	    json_null(), "dir", json_shown(dir));
}

static int
list_json(struct ctl *c, const struct founds *fs, struct fault *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < fs->n; i++)
		json_add(&array, json_found(c, &fs->at[i]));
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

/* A line for shells, of words between tabs: bytes that are not printable are
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

/* The colour of a state: green while it runs, red if no keeper answers, else
 * yellow. */
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

/* Print a table, and notes on what does not run: programs need no notes. */
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

/* Order for qsort_r by *column, an enum cell, and within it by application and
 * key. */
static int
found_order(const void *p, const void *q, void *column)
{
	const enum cell cells[] = { *(enum cell *)column, CELL_APP, CELL_KEY };
	const struct found *a = p, *b = q;
	char one[TABLE_CELL], two[TABLE_CELL];
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(cells) / sizeof(*cells); i++) {
		if (cells[i] == CELL_PID)
			r = found_pid(a) - found_pid(b);
		else if (cells[i] == CELL_SINCE)
			r = (a->info.since > b->info.since) -
			    (a->info.since < b->info.since);
		else
			r = strcmp(cell_text(a, cells[i], one),
			    cell_text(b, cells[i], two));
	}
	return r;
}

int
ctl_list(struct ctl *c, struct fault *f)
{
	enum cell column = (enum cell)c->o.sort;
	int r = 0;

	if (c->o.sort >= 0 && (c->o.sealed || c->o.waiting || c->o.every))
		return fault_set(f, EXIT_USAGE, "list: --sort is for instances,"
		    " not for --sealed, --waiting or --every", NULL);
	if (c->o.every + c->o.sealed + c->o.waiting > 1)
		return fault_set(f, EXIT_USAGE, "list: --sealed, --waiting and"
		    " --every are lists of their own; choose one", NULL);
	if (c->o.every)
		return stamps_list(c, f);
	if (c->o.sealed)
		return sealed_list(c, f);
	if (c->o.waiting)
		return waiting_list(c, f);
	if (c->noperands > 1)
		return fault_set(f, EXIT_USAGE, "list: '",
		    c->operands[1], "': a key is for --waiting; see onlyonectl"
		    " --help", NULL);
	c->search.partial = c->search.glance = true;
	if (find_meant(c, f) < 0)
		return -1;
	if (c->o.sort >= 0 && c->found.n)
		qsort_r(c->found.at, c->found.n, sizeof(*c->found.at),
		    found_order, &column);
	if (c->o.json)
		r = list_json(c, &c->found, f);
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
	struct text t = text_in(line, sizeof(line));
	struct skips skips;
	int r;

	r = find_one(c, f);
	if (r == 1) {
		find_none(c, f);
		puts(f->line);
		r = EXIT_NONE;
	} else if (r == 0) {
		printf("%s is %s, ", cell_text(c->one, CELL_APP, app),
		    state_shown(cell_state(c->one)));
		printf("pid %s, ", cell_text(c->one, CELL_PID, rest));
		printf("%s: ", say_age(rest, c->one->info.since));
		puts(cell_text(c->one, CELL_COMMAND, rest));
		skips_find(c, c->one, &skips);
		skips_text(&skips, &t);
		if (skips.n)
			puts(line);
	}
	return r;
}

int
ctl_pid(struct ctl *c, struct fault *f)
{
	const struct found *one = c->one;
	bool held = !strcmp(cell_state(one), "held");

	if (held && words_rest(&one->state)) {
		words_held(&one->state, one->info.app, f);
		return -1;
	}
	if (held)
		return fault_set(f, EXIT_NONE, one->info.app, " has ended; its"
		    " launch stays, and keeps the slot", NULL);
	if (!found_pid(one))
		return fault_set(f, EXIT_NOANSWER, one->info.app, " runs, but"
		    " its pid cannot be seen from here", NULL);
	printf("%d\n", (int)found_pid(one));
	return 0;
}

int
ctl_count(struct ctl *c, struct fault *f)
{
	c->search.glance = true;
	if (find_meant(c, f) < 0)
		return -1;
	printf("%zu\n", c->found.n);
	return 0;
}
