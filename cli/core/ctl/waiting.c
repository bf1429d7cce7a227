/*
 * waiting.c: launches that wait for an instance: list --waiting, cancel.
 *
 * Keepers know them: each waiting launch is connected to one keeper, or with
 * --max to several.  What it is to run is read from its command line in /proc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/ctl/waiting.h"
#include "cli/base/json_print.h"
#include "cli/base/look.h"
#include "cli/base/say.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "preload/contract.h"

enum { LINE_LIMIT = 4 << 20, PIDS = 512 };

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
	char line[TABLE_CELL];
	struct text l = text_in(line, sizeof(line));
	struct text t = text_in(out, TABLE_CELL);
	struct buf b = { 0 };

	if (w->pid > 0 && look_file(w->pid, "cmdline", &b, LINE_LIMIT) == 0)
		buf_string(&b, "");
	for (const char *s = b.at; s && s + 1 < b.at + b.len && !b.failed;
	    s += strlen(s) + 1) {
		text_add(&l, l.len ? " " : "");
		text_shell(&l, s);
	}
	text_show(&t, line, l.len);
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

int
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
	for (size_t i = 0; i < w->n; i++) {
		text_add(&t, i ? ", " : "");
		text_num(&t, w->at[i].pid);
	}
	return fault_set(f, EXIT_USAGE, "several launches wait for ",
	    c->operands[0], "; --all, or --pid=PID with one of ", pids, NULL);
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
