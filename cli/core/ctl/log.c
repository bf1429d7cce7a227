/*
 * log.c: onlyonectl log: the history of an instance, from its keeper's memory,
 * and how earlier instances ended, from the records that their keepers left.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/base/json_print.h"
#include "cli/base/say.h"
#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/found.h"
#include "cli/core/ctl/json.h"
#include "cli/core/ctl/log.h"
#include "cli/core/ctl/report.h"
#include "cli/core/ctl/scan.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/slot/ended.h"
#include "cli/core/slot/instance.h"
#include "cli/core/slot/skips.h"

enum { LIVES_MOST = 20 };

/* One run of the program, living or ended. */
struct life_told {
	struct info i; /* all, app, owner and since; points into f */
	struct fields f; /* at= by= what= of its events */
	long long ended; /* wall clock, ms; 0: it is alive */
	long long exit;  /* -1: not known */
	struct skips skips;
	bool elsewhere;  /* its pids are of another pid namespace */
	bool unbegun;    /* it was killed before it executed its program */
};

/* The wanted runs, the oldest first. */
struct lives {
	struct buf b[ROOTS]; /* of the files of ended ones */
	size_t n;
	struct life_told at[LIVES_MOST];
};

/* Reads the records of all roots, those of each in the order in which they were
 * written. */
struct reading {
	size_t at[ROOTS];
	bool has[ROOTS]; /* next is read */
	struct life_told next[ROOTS];
};

/*
 * The instances that have ended.
 */

static bool
life_next(const struct buf *b, size_t *at, struct life_told *l)
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
	l->unbegun = fields_num(&l->f, "unbegun", 0) == 1;
	skips_take(&l->f, &l->skips);
	l->elsewhere = (uint64_t)fields_num(&l->f, "pidns", 0) !=
	    owner_pidns();
	return true;
}

/* The next run of all roots: when one was full, another has its record. */
static bool
lives_next(const struct lives *all, struct reading *r, struct life_told *l)
{
	int first = -1;

	for (int i = 0; i < ROOTS; i++) {
		if (!r->has[i])
			r->has[i] = life_next(&all->b[i], &r->at[i],
			    &r->next[i]);
		if (r->has[i] && (first < 0 ||
		    r->next[i].ended < r->next[first].ended))
			first = i;
	}
	if (first < 0)
		return false;
	*l = r->next[first];
	r->has[first] = false;
	return true;
}

static void
lives_add(struct lives *all, const struct life_told *l)
{
	if (all->n == LIVES_MOST)
		memmove(all->at, all->at + 1, --all->n * sizeof(*l));
	all->at[all->n++] = *l;
}

/* Read the latest ended runs: those of the living instance, or of the
 * application that best matches the operands (the latest such one). */
static int
lives_read(struct ctl *c, struct lives *all, const struct info *lives,
    struct fault *f)
{
	struct wanted w;
	struct life_told l;
	struct reading latest = { 0 }, wanted = { 0 };
	const char *app = NULL;

	if (wanted_begin(&w, c->operands[0], c->operands + 1, c->noperands - 1,
	    c->noperands > 1, f) < 0)
		return -1;
	for (int i = 0; i < c->nroots; i++) {
		if (ended_read(&c->roots[i], &all->b[i]) < 0)
			return fault_errno(f, fault_state(errno), errno,
			    "cannot read what has ended in ",
			    c->roots[i].path, NULL);
	}
	while (lives_next(all, &latest, &l)) {
		if (wanted_fits(&w, &l.i) == w.best && w.best)
			app = l.i.app;
	}
	while (lives_next(all, &wanted, &l)) {
		if (lives ? !strcmp(l.i.app, lives->app) &&
		    instance_same_key(&l.i, lives) : app &&
		    !strcmp(l.i.app, app) && wanted_fits(&w, &l.i))
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
 * The lines: one for the end of each earlier run, then all that is known about
 * the last one.
 */

/* Print a time (wall clock, ms) in the local time zone, a pid, and the event,
 * which needs no escapes. */
static void
line_print(const struct life_told *l, long long at, long long pid,
    const char *what)
{
	time_t s = (time_t)(at / 1000);
	char when[32], digits[24];
	struct tm tm;

	if (!localtime_r(&s, &tm) || !strftime(when, sizeof(when),
	    "%F %T", &tm))
		strcpy(when, "?");
	printf("%s.%03d  %7s  %s\n", when, at < 0 ? 0 : (int)(at % 1000),
	    pid && !l->elsewhere ? say_num(digits, pid) : "?", what);
}

/* keyed: say with which key, too. */
static void
end_print(const struct life_told *l, bool keyed)
{
	char what[320], key[INSTANCE_KEY_SHORT];
	struct text t = text_in(what, sizeof(what));

	text_add(&t, l->unbegun ? WORDS_UNBEGUN ", status " :
	    "has ended, status ");
	if (l->exit >= 0)
		text_num(&t, l->exit);
	else
		text_add(&t, "unknown");
	if (keyed)
		text_all(&t, " (", instance_key_short(&l->i, key), ")", NULL);
	if (l->skips.n) {
		text_add(&t, "; ");
		skips_text(&l->skips, false, &t);
	}
	line_print(l, l->ended, l->i.owner.pid, what);
}

/* The launches that the living instance has turned away. */
static void
skips_print(const struct life_told *l, bool verbose)
{
	const struct skips *s = &l->skips;
	char what[320];
	struct text t = text_in(what, sizeof(what));

	skips_text(s, verbose, &t);
	if (s->n)
		line_print(l, s->known ? s->at[s->known - 1] : l->i.since,
		    l->i.owner.pid, what);
}

static void
log_print(const struct ctl *c, const struct lives *all)
{
	const struct life_told *last = &all->at[all->n - 1];
	const char *first = fields_get(&last->f, "at");
	bool keyed = c->noperands < 2;
	struct event_told told = { NULL };
	char shown[512];
	struct text t;

	printf("%-23s  %7s  WHAT\n", "TIME", "PID");
	for (const struct life_told *l = all->at; l < last; l++) {
		/* A keeper continues with the next launch in line: its events
		 * include the end of the instance before. */
		if (!first || l->ended < strtoll(first, NULL, 10))
			end_print(l, keyed && info_key(&l->i, NULL));
	}
	if (!first)
		line_print(last, last->i.since, last->i.owner.pid, "launched");
	while (event_next(last, &told)) {
		t = text_in(shown, sizeof(shown));
		text_show(&t, told.what, strlen(told.what));
		text_dots(&t);
		line_print(last, strtoll(told.at, NULL, 10),
		    strtoll(told.pid, NULL, 10), shown);
	}
	if (last->ended)
		end_print(last, keyed && info_key(&last->i, NULL));
	else
		skips_print(last, c->o.loudness == SAY_VERBOSE);
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
		r = tell_keeper(c, c->one, FRAME_LOG, f);
	if (r == 0 && c->reply.type != FRAME_EVENTS)
		r = tell_reply(c, c->one, f);
	if (r < 0 || lives_read(c, &all, r ? NULL : &c->one->info, f) < 0)
		return -1;
	if (r == 0) {
		l.i = c->one->info;
		l.i.owner.pid = found_pid(c->one);
		l.f = c->reply.body;
		l.elsewhere = c->one->elsewhere;
		skips_find(c->one, &l.skips);
		lives_add(&all, &l);
	}
	if (!all.n)
		r = find_none(c, f);
	else if (c->o.json)
		r = log_json(&all, f);
	else {
		log_print(c, &all);
		r = 0;
	}
	for (int i = 0; i < ROOTS; i++)
		buf_free(&all.b[i]);
	return r;
}
