/*
 * request.c: read the requests of clients, and call what serves them.
 *
 * The table `requests` says which clients may send what.  Here are also the
 * requests that no other file serves: the list of waiting launches, forget,
 * query, watch, end and log.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/promote.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/request.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/keeper/turn.h"
#include "cli/core/slot/folder.h"
#include "cli/core/wire/frame.h"
#include "preload/contract.h"

/*
 * Waiting launches, listed (FRAME_LINE) and cancelled (FRAME_CANCEL).
 *
 * A launch waits for the slot, for the end of the instance, or for its turn
 * with the handler.  A launch whose handler runs does not count: what its
 * handler has done cannot be undone.  Nor does the holding parent, which is
 * part of the instance.
 */

/* What the client waits for, in a word; NULL: it does not wait. */
static const char *
waits_for(const struct keeper *k, const struct client *cl)
{
	static const char *const modes[] = { [WAIT_PLAIN] = "wait",
		[WAIT_REPLACE] = "replace", [WAIT_QUEUE] = "queue" };

	if (cl->pid && cl->pid == k->c->info.parent.pid)
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

/* Since when it waits, wall clock, ms.  A launch in line says itself when it
 * came, also to a later keeper: believed if it is possible. */
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

/* The two requests: list the waiting clients; cancel one or all. */
static void
waiters_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	const struct client *o = NULL;
	const char *what;
	struct buf b = { 0 };

	(void)f;
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

static void
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

static void
forget_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct fault fault;

	if (fields_num(&f->body, "since", 0) != k->c->info.since) {
		reply_last(k, cl, FRAME_ENDED); /* that instance is over */
		return;
	}
	/* Remove the folder first: if that fails, the keeper goes on. */
	if (k->state != VACANT && folder_remove(k->c->root, k->c->slot->name,
	    k->c->folder, k->c->lock) < 0) {
		fault_errno(&fault, fault_state(errno), errno, "cannot remove"
		    " the slot of ", k->c->info.app, NULL);
		reply_refuse(k, cl, fault.code, fault.line);
		return;
	}
	/* tenure_release answers it like the clients that watch. */
	client_stage(cl, WATCHING);
	tenure_release(k);
}

static void
query_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	/* The client that asks reads our files too: check them. */
	k->heal.wanted = true;
	reply_state(k, cl);
	/* The client may ask again. */
	buf_shift(&cl->in.buf, f->size);
	if (!cl->in.buf.len)
		client_forget(cl);
	client_stage(cl, READING);
}

static void
watch_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	bool joins = f->type == FRAME_JOIN;

	client_stage(cl, joins ? JOINING : WATCHING);
	/* A holding parent that waits for the end does not hold the slot any
	 * more: else it and the keeper would wait for each other.  It connects
	 * to each new keeper, so the record need not say it. */
	if (cl->pid && cl->pid == k->c->info.parent.pid) {
		io_close(&k->tenure.parent);
		k->tenure.parent_dim = false;
		k->tenure.watched = true;
		tenure_check(k);
	}
	if (joins)
		reply_accepted(k, cl, 0);
}

static void
log_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct buf b = { 0 };

	(void)f;
	history_put(&k->log, &b);
	reply_events(k, cl, &b);
	buf_free(&b);
}

enum {
	ALL = 1,  /* also from sandboxes: arguments, questions and watching */
	ONE = 2   /* only for the instance that it names (since=) */
};

static const struct request {
	void (*serve)(struct keeper *, struct client *, const struct frame *);
	int rules;
	const char *noted; /* for the log; NULL: it changes nothing */
} requests[] = {
	[FRAME_ACTIVATE] = { turn_take, ALL, "a launch" },
	[FRAME_QUERY] = { query_serve, ALL, NULL },
	[FRAME_WATCH] = { watch_serve, ALL | ONE, "waits for its end" },
	[FRAME_JOIN] = { watch_serve, ALL | ONE, "joins" },
	[FRAME_LISTEN] = { listener_take, ONE, "listens" },
	[FRAME_ANSWER] = { listener_answer, 0, NULL },
	[FRAME_CLOSE] = { closing_serve, ONE, "its windows are to close" },
	[FRAME_LINE] = { waiters_serve, 0, NULL },
	[FRAME_LOG] = { log_serve, 0, NULL },
	[FRAME_CANCEL] = { cancel_serve, 0, "cancels" },
	[FRAME_WAIT] = { line_take, 0, "waits in line" },
	[FRAME_TAKE] = { promote_take, 0, NULL },
	[FRAME_FORGET] = { forget_serve, 0, "is to be forgotten" },
};

/* Whether the request is for this slot.  False: it has been answered. */
static bool
slot_meant(struct keeper *k, struct client *cl, const struct frame *f)
{
	const char *hash = fields_get(&f->body, "slot");
	bool same = hash && !strcmp(hash, k->c->slot->hash);

	if (same && k->state != VACANT)
		return true;
	if (same) /* it came too late */
		reply_last(k, cl, FRAME_AGAIN);
	else
		reply_refuse(k, cl, EXIT_NOANSWER, "not a request for this"
		    " slot");
	return false;
}

/* Whether the request is for the present instance.  False: it has been
 * answered. */
static bool
instance_meant(struct keeper *k, struct client *cl, const struct frame *f)
{
	long long since = fields_num(&f->body, "since", 0);

	if (since && since != k->c->info.since)
		reply_last(k, cl, FRAME_ENDED); /* that instance is over */
	else if (k->state == HANDING_OVER)
		reply_last(k, cl, FRAME_AGAIN);
	else
		return true;
	return false;
}

/* Whether the client may send requests that are not for ALL.  False: it has
 * been answered. */
static bool
allowed(struct keeper *k, struct client *cl)
{
	if (client_ours(cl))
		return true;
	reply_refuse(k, cl, EXIT_NOANSWER, cl->peer == PEER_UNKNOWN ?
	    "without /proc its keeper cannot tell whether the request comes"
	    " from a sandbox; from there one may only hand arguments over" :
	    "asked from a sandbox or container (other namespaces, another"
	    " root, or fewer rights than its keeper has); from there one may"
	    " only hand arguments over");
	return false;
}

static void
request_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	const struct request *r = (size_t)f->type < sizeof(requests) /
	    sizeof(*requests) ? &requests[f->type] : NULL;
	int rules = r ? r->rules : 0;

	if (!slot_meant(k, cl, f))
		return;
	if ((cl->stage == OFFERED) != (f->type == FRAME_TAKE)) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not what its keeper asked"
		    " for");
		return;
	}
	if (!(rules & ALL) && !allowed(k, cl))
		return;
	if (!r || !r->serve) {
		reply_refuse(k, cl, EXIT_NOANSWER, "unknown request");
	} else if (!(rules & ONE) || instance_meant(k, cl, f)) {
		if (r->noted)
			history_note(&k->log, cl->pid, r->noted, NULL, -1);
		r->serve(k, cl, f);
	}
}

void
request_take(struct keeper *k, struct client *cl)
{
	struct frame f;

	while (!cl->gone && stages[cl->stage].sends == REQUEST) {
		switch (frame_parse(cl->in.buf.at, cl->in.buf.len, &f)) {
		case FRAME_WHOLE:
			request_serve(k, cl, &f);
			break;
		case FRAME_PART:
			return;
		case FRAME_ODD:
			reply_refuse(k, cl, EXIT_NOANSWER, "this keeper"
			    " speaks version 1 only");
			return;
		case FRAME_GARBAGE:
			client_drop(k, cl);
			return;
		}
	}
}
