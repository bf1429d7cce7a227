/*
 * log.c: onlyonectl log: what has happened to an instance, as its keeper
 * remembers it, and the ends of earlier ones, as their keepers have left them.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/json_print.h"
#include "cli/base/table.h"
#include "cli/base/text.h"
#include "cli/core/key/identity.h"
#include "cli/core/slot/ended.h"
#include "cli/core/slot/instance.h"
#include "preload/contract.h"

enum { EVENTS_MOST = 1000, LIVES_MOST = 20 };

/* One run of the program: the one that lives, or one that has ended. */
struct life_told {
	struct info i; /* all, app, owner and since; points into f */
	struct fields f; /* at= by= what= of its events */
	long long ended; /* wall clock, ms; 0: it lives */
	long long exit;  /* -1: not known */
	struct skips skips;
	bool elsewhere;  /* its pids are of another pid namespace */
};

/* Those that are meant, the oldest first. */
struct lives {
	struct buf b; /* of the files of ended ones */
	size_t n;
	struct life_told at[LIVES_MOST];
};

/* The rows of the table. */
struct events {
	size_t n;
	struct {
		long long at, pid; /* pid 0: not known */
		char what[320];
	} at[EVENTS_MOST];
};

/*
 * The instances that have ended.
 */

static bool
key_meant(const struct ctl *c, const struct info *i)
{
	char path[PATH_MAX];
	const char *part = NULL;
	size_t n = 1;

	if (c->noperands < 2)
		return true;
	while ((part = info_key(i, part)) && n < c->noperands &&
	    (!strcmp(part, c->operands[n]) ||
	    !strcmp(part, find_document(c->operands[n], path))))
		n++;
	return !part && n == c->noperands;
}

/* Whether both are of one application, and have the same key. */
static bool
same_key(const struct info *a, const struct info *b)
{
	char x[NAME_SHOWN + 1], y[NAME_SHOWN + 1];
	const char *p = instance_key(a, x), *q = instance_key(b, y);

	return !strcmp(a->app, b->app) && !p == !q && (!p || !strcmp(p, q));
}

static bool
lives_next(const struct buf *b, size_t *at, struct life_told *l)
{
	memset(l, 0, sizeof(*l));
	if (!ended_next(b, at, &l->f))
		return false;
	l->i.all = l->f;
	l->i.app = fields_get(&l->f, "app");
	l->i.owner.pid = (pid_t)fields_num(&l->f, "pid", 0);
	l->i.since = fields_num(&l->f, "since", 0);
	l->ended = fields_num(&l->f, "ended", 0);
	l->exit = fields_num(&l->f, "exit", -1);
	skips_take(&l->f, &l->skips);
	l->elsewhere = (uint64_t)fields_num(&l->f, "pidns", 0) !=
	    owner_pidns();
	return true;
}

static void
lives_add(struct lives *all, const struct life_told *l)
{
	if (all->n == LIVES_MOST)
		memmove(all->at, all->at + 1, --all->n * sizeof(*l));
	all->at[all->n++] = *l;
}

/* Read the last ones that have ended: of the instance that lives, or of the
 * application that the operands fit best (the last such one). */
static int
lives_read(struct ctl *c, struct lives *all, const struct info *lives,
    struct fault *f)
{
	char name[NAME_SHOWN + 1], path[PATH_MAX];
	struct life_told l;
	const char *app = NULL;
	int fit, best = 1;
	size_t at = 0;

	identity_name(c->operands[0], name);
	if (find_path(c->operands[0], path, f) < 0)
		return -1;
	if (c->root.fd >= 0)
		ended_read(&c->root, &all->b);
	while (lives_next(&all->b, &at, &l)) {
		fit = wanted_info(&l.i, name, path);
		if (fit >= best && key_meant(c, &l.i)) {
			best = fit;
			app = l.i.app;
		}
	}
	for (at = 0; lives_next(&all->b, &at, &l); ) {
		if (lives ? !same_key(&l.i, lives) : !app ||
		    strcmp(l.i.app, app) || !key_meant(c, &l.i))
			continue;
		lives_add(all, &l);
	}
	return 0;
}

/* An event of one run, as it is recorded; all NULL before the first. */
struct event_told {
	const char *at, *pid, *what;
};

static bool
event_next(const struct life_told *l, struct event_told *e)
{
	return (e->at = fields_next(&l->f, "at", e->at)) &&
	    (e->pid = fields_next(&l->f, "by", e->pid)) &&
	    (e->what = fields_next(&l->f, "what", e->what));
}

/*
 * The table: a line for the end of each earlier one, then all that is known of
 * the last one.
 */

static void
event_add(struct events *e, const struct life_told *l, long long at,
    long long pid, const char *what)
{
	struct text t;

	if (e->n == EVENTS_MOST)
		return;
	e->at[e->n].at = at;
	e->at[e->n].pid = l->elsewhere ? 0 : pid;
	t = text_in(e->at[e->n].what, sizeof(e->at->what));
	text_show(&t, what, strlen(what));
	text_dots(&t);
	e->n++;
}

static void
events_take(struct events *e, const struct life_told *l)
{
	struct event_told told = { NULL };

	if (!fields_get(&l->f, "at"))
		event_add(e, l, l->i.since, l->i.owner.pid, "started");
	while (event_next(l, &told))
		event_add(e, l, strtoll(told.at, NULL, 10),
		    strtoll(told.pid, NULL, 10), told.what);
}

/* keyed: say with which key, too. */
static void
end_add(struct events *e, const struct life_told *l, bool keyed)
{
	char what[320], key[INSTANCE_KEY_SHORT];
	struct text t = text_in(what, sizeof(what));

	text_add(&t, l->exit < 0 ? "has ended, its exit status is not known" :
	    "has ended, ");
	if (l->exit >= 0)
		text_num(&t, l->exit);
	if (keyed)
		text_all(&t, " (", instance_key_short(&l->i, key), ")", NULL);
	if (l->skips.n) {
		text_add(&t, "; ");
		skips_text(&l->skips, &t);
	}
	event_add(e, l, l->ended, l->i.owner.pid, what);
}

/* Append a time (wall clock, ms) in the local time zone. */
static void
time_text(struct text *t, long long ms)
{
	time_t s = (time_t)(ms / 1000);
	char when[32], part[8];
	struct tm tm;

	if (ms < 0 || !localtime_r(&s, &tm) ||
	    !strftime(when, sizeof(when), "%F %T", &tm)) {
		text_add(t, "?");
		return;
	}
	snprintf(part, sizeof(part), ".%03d", (int)(ms % 1000));
	text_all(t, when, part, NULL);
}

enum { COL_TIME, COL_PID, COL_WHAT, COLS };

static const char *
event_text(const void *rows, size_t row, int col, char *buf)
{
	const struct events *e = rows;
	struct text t = text_in(buf, TABLE_CELL);

	if (col == COL_TIME)
		time_text(&t, e->at[row].at);
	else if (col == COL_WHAT)
		return e->at[row].what;
	else if (!e->at[row].pid)
		text_add(&t, "?");
	else
		text_num(&t, e->at[row].pid);
	return t.at;
}

/* What the instance that lives has turned away. */
static void
skips_add_event(struct events *e, const struct life_told *l)
{
	const struct skips *s = &l->skips;
	char what[320];
	struct text t = text_in(what, sizeof(what));

	skips_text(s, &t);
	if (s->n)
		event_add(e, l, s->known ? s->at[s->known - 1] : l->i.since,
		    l->i.owner.pid, what);
}

/* Whether the events of the last one tell of the end of this one: a keeper goes
 * on with the next in line. */
static bool
told_later(const struct lives *all, const struct life_told *l)
{
	const struct life_told *last = &all->at[all->n - 1];
	const char *at = fields_get(&last->f, "at");

	return l != last && at && l->ended >= strtoll(at, NULL, 10);
}

static void
log_table(const struct ctl *c, const struct lives *all)
{
	static const char *const titles[COLS] = { "TIME", "PID", "WHAT" };
	static struct events e;
	const struct table_columns columns = { .titles = titles, .n = COLS,
		.names = COL_PID, .rows = &e, .text = event_text };

	for (size_t i = 0; i < all->n; i++) {
		if (i + 1 == all->n)
			events_take(&e, &all->at[i]);
		if (all->at[i].ended && !told_later(all, &all->at[i]))
			end_add(&e, &all->at[i], c->noperands < 2 &&
			    info_key(&all->at[i].i, NULL));
		else if (!all->at[i].ended)
			skips_add_event(&e, &all->at[i]);
	}
	table_print(&columns, e.n);
}

static json_t *
json_time(long long ms)
{
	return ms > 0 ? json_real((double)ms / 1000) : json_null();
}

static json_t *
json_skips(const struct skips *s)
{
	json_t *array = json_array();

	for (int i = 0; i < s->known; i++)
		json_add(&array, json_time(s->at[i]));
	return array;
}

static int
log_json(const struct lives *all, struct fault *f)
{
	json_t *array = json_array();

	for (size_t i = 0; i < all->n; i++) {
		const struct life_told *l = &all->at[i];
		struct event_told told = { NULL };
		json_t *events = json_array();

		while (event_next(l, &told))
			json_add(&events, json_pack("{s:o, s:I, s:o}", "time",
			    json_time(strtoll(told.at, NULL, 10)), "pid",
			    (json_int_t)strtoll(told.pid, NULL, 10), "what",
			    json_shown(told.what)));
		json_add(&array, json_pack("{s:o, s:o, s:I, s:o, s:o, s:o,"
		    " s:I, s:o, s:o}", "app", json_shown(l->i.app), "key",
		    json_key(&l->i), "pid", (json_int_t)l->i.owner.pid,
		    "since", json_time(l->i.since), "ended",
		    json_time(l->ended), "exit", l->exit < 0 ? json_null() :
		    json_integer(l->exit), "skipped", (json_int_t)l->skips.n,
		    "skips", json_skips(&l->skips), "events", events));
	}
	return json_print(array, f);
}

int
ctl_log(struct ctl *c, struct fault *f)
{
	static struct lives all;
	struct life_told l = { .exit = -1 };
	int r = find_one(c, f);

	if (r == 0)
		r = tell(c, c->one, FRAME_LOG, NULL, 0, f);
	if (r == 0 && c->reply.type != FRAME_EVENTS)
		r = tell_reply(c, c->one, f);
	if (r < 0 || lives_read(c, &all, r ? NULL : &c->one->info, f) < 0)
		return -1;
	if (r == 0) {
		l.i = c->one->info;
		l.i.owner.pid = found_pid(c->one);
		l.f = c->reply.body;
		l.elsewhere = c->one->elsewhere;
		skips_find(c, c->one, &l.skips);
		lives_add(&all, &l);
	}
	if (!all.n)
		r = find_none(c, f);
	else if (c->o.json)
		r = log_json(&all, f);
	else {
		log_table(c, &all);
		r = 0;
	}
	buf_free(&all.b);
	return r;
}
