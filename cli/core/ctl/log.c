/*
 * log.c: onlyonectl log: what has happened to an instance, as its keeper
 * remembers it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/core/ctl/find_instance.h"
#include "cli/core/ctl/tell.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/table.h"
#include "cli/base/text.h"

enum { EVENTS_MOST = 1000 };

struct events {
	bool elsewhere; /* its pids are of another pid namespace */
	size_t n;
	struct {
		const char *at, *pid, *what;
	} at[EVENTS_MOST];
};

static void
events_take(struct events *e, const struct fields *b)
{
	const char *at = NULL, *pid = NULL, *what = NULL;

	while (e->n < EVENTS_MOST && (at = fields_next(b, "at", at)) &&
	    (pid = fields_next(b, "by", pid)) &&
	    (what = fields_next(b, "what", what))) {
		e->at[e->n].at = at;
		e->at[e->n].pid = pid;
		e->at[e->n++].what = what;
	}
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
	const char *pid = e->at[row].pid;
	struct text t = text_in(buf, TABLE_CELL);

	if (col == COL_TIME)
		time_text(&t, strtoll(e->at[row].at, NULL, 10));
	else if (col == COL_WHAT)
		text_show(&t, e->at[row].what, strlen(e->at[row].what));
	else if (e->elsewhere || !strcmp(pid, "0"))
		text_add(&t, "?");
	else
		text_num(&t, strtoll(pid, NULL, 10));
	return t.at;
}

int
ctl_log(struct ctl *c, struct fault *f)
{
	static const char *const titles[COLS] = { "TIME", "PID", "WHAT" };
	static struct events e;
	const struct table_columns columns = { .titles = titles, .n = COLS,
		.names = COL_PID, .rows = &e, .text = event_text };
	int r = tell(c, c->one, FRAME_LOG, NULL, 0, f);

	if (r == 1)
		return find_none(c, f);
	if (r == 0 && c->reply.type != FRAME_EVENTS)
		r = tell_reply(c, c->one, f);
	if (r == 0) {
		e.elsewhere = c->one->elsewhere;
		events_take(&e, &c->reply.body);
		table_print(&columns, e.n);
	}
	return r;
}
