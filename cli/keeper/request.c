/*
 * request.c: what a client asks for, and who serves that.
 */
#include <string.h>

#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/line.h"
#include "cli/keeper/listener.h"
#include "cli/keeper/log.h"
#include "cli/keeper/peer.h"
#include "cli/keeper/promote.h"
#include "cli/keeper/rekey.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/request.h"
#include "cli/keeper/settle.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/keeper/turn.h"
#include "cli/keeper/waiters.h"
#include "preload/contract.h"

static void
query_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	/* Whoever asks reads our files too. */
	k->heal.wanted = true;
	reply_state(k, cl);
	/* It may ask again. */
	buf_shift(&cl->in.buf, f->size);
	if (!cl->in.buf.len)
		client_forget(k, cl);
	client_stage(k, cl, READING);
}

static void
watch_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	bool joins = f->type == FRAME_JOIN;

	client_stage(k, cl, joins ? JOINING : WATCHING);
	/* A guard that waits for the end begins nothing again, and holds the
	 * slot no more: else each of us would wait for the other.  It comes to
	 * every keeper that there is, so that none need know it from before. */
	if (cl->pid && cl->pid == k->c->info.guard.pid) {
		io_close(&k->tenure.guard);
		k->tenure.guard_dim = false;
		settle_check(k);
	}
	if (joins)
		reply_accepted(k, cl, 0);
}

static void
ending_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	(void)f;
	tenure_ending(k);
	reply_done(k, cl, 0);
	settle_check(k);
}

static void
log_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	struct buf b;

	(void)f;
	buf_init(&b, NULL, 0);
	log_put(&k->log, &b);
	reply_events(k, cl, &b);
	buf_free(&b);
}

enum {
	ALL = 1,  /* free to all: arguments, questions and watching */
	ONE = 2   /* means the instance that it names (since=) */
};

static const struct request {
	void (*serve)(struct keeper *, struct client *, const struct frame *);
	int rules;
	const char *noted; /* NULL: nothing happens by it */
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
	[FRAME_RENEW] = { promote_renew, 0, "begun again" },
	[FRAME_ENDING] = { ending_serve, 0, "is to end for good" },
	[FRAME_FORGET] = { forget_serve, 0, "is to be forgotten" },
	[FRAME_REKEY] = { rekey_serve, 0, "gets another key" },
};

/* Whether the slot is the one that is meant.  false: it has its answer. */
static bool
slot_meant(struct keeper *k, struct client *cl, const struct frame *f)
{
	const char *hash = fields_get(&f->body, "slot");
	bool same = hash && !strcmp(hash, k->c->slot->hash);

	if (same && k->state != VACANT)
		return true;
	/* It came by the other name, or too late. */
	if (same || (hash && k->moved.tried))
		reply_last(k, cl, FRAME_AGAIN);
	else
		reply_refuse(k, cl, EXIT_NOANSWER, "not a request for this"
		    " slot");
	return false;
}

/* Whether the instance is the one that is meant. */
static bool
instance_meant(struct keeper *k, struct client *cl, const struct frame *f)
{
	long long since = fields_num(&f->body, "since", 0);

	if (since && since != k->c->info.since)
		reply_last(k, cl, FRAME_ENDED); /* that one is over */
	else if (k->state == PASSING)
		reply_last(k, cl, FRAME_AGAIN);
	else
		return true;
	return false;
}

/* Whether it may ask for more than all may. */
static bool
allowed(struct keeper *k, struct client *cl)
{
	if (peer_ours(cl))
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
			log_note(&k->log, cl->pid, r->noted, NULL, -1);
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
