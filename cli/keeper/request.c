/*
 * request.c: what a client asks for, and who serves that.
 */
#include <string.h>

#include "cli/io.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "preload/contract.h"

/* It gets its turn at the end of the round. */
static void
activate_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	pid_t handler = k->handler.pid;

	if ((handler && cl->pid && proc_descends(cl->pid, handler)) ||
	    (cl->pid && listener_above(k, cl->pid, &handler))) {
		reply_own(k, cl, handler); /* it would wait for itself */
		return;
	}
	if (cl->in.len > f->size) {
		reply_refuse(k, cl, EXIT_NOANSWER, "more than its request,"
		    " before its keeper asked");
		return;
	}
	point("activate");
	cl->request = *f;
	cl->until = fields_num(&f->body, "until", 0) == 1;
	cl->stage = WAITING;
	cl->deadline = 0;
	cl->turn = ++k->turns;
}

static void
watch_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	cl->stage = WATCHING;
	cl->joins = f->type == FRAME_JOIN;
	cl->deadline = 0;
	if (!client_means(k, cl, f))
		return;
	/* A guard that waits for the end begins nothing again, and holds the
	 * slot no more: else each of us would wait for the other.  It comes to
	 * every keeper that there is, so that none need know it from before. */
	if (cl->pid && cl->pid == k->c->info.guard.pid) {
		io_close(&k->guard);
		tenure_check(k);
	}
	if (cl->stage != GONE && cl->joins)
		reply_queued(k, cl);
}

static void
ending_serve(struct keeper *k, struct client *cl)
{
	tenure_ending(k);
	reply_done(k, cl, 0, true);
	tenure_check(k);
}

static void
request_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	const char *hash = fields_get(&f->body, "slot");

	if (hash && k->moved && strcmp(hash, k->c->slot->hash)) {
		/* It came by the other name. */
		reply_bare(k, cl, FRAME_AGAIN);
		client_drop(k, cl);
		return;
	}
	if (!hash || strcmp(hash, k->c->slot->hash)) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not a request for this"
		    " slot");
		return;
	}
	if (k->state == VACANT) {
		reply_bare(k, cl, FRAME_AGAIN);
		client_drop(k, cl);
		return;
	}
	if ((cl->stage == OFFERED) != (f->type == FRAME_TAKE)) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not what its keeper asked"
		    " for");
		return;
	}
	/* Arguments, questions and watching are free to all. */
	switch (f->type) {
	case FRAME_ACTIVATE:
	case FRAME_QUERY:
	case FRAME_WATCH:
	case FRAME_JOIN:
		break;
	default:
		if (!peer_may(k, cl))
			return;
	}
	switch (f->type) {
	case FRAME_TAKE:
		promote_take(k, cl, f);
		break;
	case FRAME_WAIT:
		line_take(k, cl, f);
		break;
	case FRAME_ACTIVATE:
		activate_take(k, cl, f);
		break;
	case FRAME_QUERY:
		/* Whoever asks reads our files too. */
		k->heal = true;
		reply_state(k, cl);
		if (cl->stage != GONE)
			buf_shift(&cl->in, f->size);
		break;
	case FRAME_WATCH:
	case FRAME_JOIN:
		watch_take(k, cl, f);
		break;
	case FRAME_LISTEN:
		listener_take(k, cl, f);
		break;
	case FRAME_ANSWER:
		listener_answer(k, cl, f);
		break;
	case FRAME_RENEW:
		promote_renew(k, cl, f);
		break;
	case FRAME_ENDING:
		ending_serve(k, cl);
		break;
	case FRAME_CLOSE:
		closing_serve(k, cl, f);
		break;
	case FRAME_FORGET:
		forget_serve(k, cl, f);
		break;
	case FRAME_REKEY:
		rekey_serve(k, cl, f);
		break;
	default:
		reply_refuse(k, cl, EXIT_NOANSWER, "unknown request");
		break;
	}
}

/* Nobody keeps bytes of which nobody asks any more. */
static void
request_spent(struct keeper *k, struct client *cl)
{
	switch (cl->stage) {
	case READING:
		if (cl->in.len)
			break;
		/* fall through */
	case WATCHING:
	case QUEUED:
	case LISTENING:
	case HELPED:
		client_forget(k, cl);
		break;
	default:
		break;
	}
}

void
request_frames(struct keeper *k, struct client *cl)
{
	struct frame f;

	while (cl->stage == READING || cl->stage == OFFERED) {
		switch (frame_parse(cl->in.at, cl->in.len, &f)) {
		case FRAME_WHOLE:
			request_take(k, cl, &f);
			request_spent(k, cl);
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
