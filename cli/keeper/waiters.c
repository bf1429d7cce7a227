/*
 * waiters.c: who waits, shown and cancelled.
 *
 * For the slot, for its end, or for its turn with the handler.  Whose handler
 * runs waits too, but not for us: what that has begun is not called back.  Nor
 * is a guard, which is a part of the instance.
 */
#include <limits.h>
#include <time.h>

#include "cli/clock.h"
#include "cli/keeper/client.h"
#include "cli/keeper/line.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/keeper/waiters.h"
#include "preload/contract.h"

/* What for, in a word; NULL: it does not wait. */
static const char *
waits_for(const struct keeper *k, const struct client *cl)
{
	static const char *const modes[] = { [WAIT_PLAIN] = "wait",
		[WAIT_REPLACE] = "replace", [WAIT_QUEUE] = "queue" };

	if (cl->pid && cl->pid == k->c->info.guard.pid)
		return NULL;
	switch (cl->stage) {
	case QUEUED:
	case OFFERED:
		return modes[cl->waiter.mode];
	case JOINING:
		return "join";
	case WATCHING:
		return "end";
	case WAITING:
	case ASKED:
	case ANSWERED:
		return "handler";
	default:
		return NULL;
	}
}

/* Since when, on the wall clock, ms.  Who is in line says himself when he
 * came, to whichever keeper: that is believed as far as it can be. */
static long long
waits_since(const struct client *cl)
{
	long long boot = clock_boot(), age = boot - cl->came;
	struct timespec ts;

	if (stages[cl->stage].part == WAITER) {
		clock_gettime(CLOCK_MONOTONIC, &ts);
		age = ts.tv_sec * 1000LL + ts.tv_nsec / 1000000 -
		    cl->waiter.ticket / 1000000;
		if (age < 0 || age > boot)
			age = boot - cl->came;
	}
	return clock_wall() - age;
}

static long long
waits_at(const struct keeper *k, const struct client *cl)
{
	const struct client *o = NULL;
	long long place = 1;

	switch (cl->stage) {
	case OFFERED:
		return place;
	case QUEUED:
		return line_ahead(k, cl) + 1;
	case WAITING:
	case ASKED:
	case ANSWERED:
		while ((o = client_next(k, o)))
			place += o->turn < cl->turn && (o->stage == WAITING ||
			    o->stage == ASKED || o->stage == ANSWERED);
		return place;
	default:
		return 0;
	}
}

void
waiters_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	const struct client *o = NULL;
	const char *what;
	struct buf b;

	(void)f;
	buf_init(&b, NULL, 0);
	while ((o = client_next(k, o))) {
		if (!(what = waits_for(k, o)))
			continue;
		fields_put_num(&b, "waiter", o->pid);
		fields_put(&b, "for", what);
		fields_put_num(&b, "came", waits_since(o));
		fields_put_num(&b, "place", waits_at(k, o));
	}
	reply_waiters(k, cl, &b);
	buf_free(&b);
}

void
cancel_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	bool any = false, odd = false;
	long long pid = fields_range(&f->body, "pid", 0, INT_MAX, 0, &odd);
	struct client *o = NULL;

	if (odd) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not a valid pid");
		return;
	}
	while ((o = client_next(k, o))) {
		if (o == cl || !waits_for(k, o) || (pid && pid != o->pid))
			continue;
		any = true;
		reply_cancelled(k, o, cl->pid);
	}
	reply_done(k, cl, any ? 0 : EXIT_NONE);
}
