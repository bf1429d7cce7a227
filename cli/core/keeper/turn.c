/*
 * turn.c: serve activations one by one, in order of arrival.
 *
 * The first client in order gets an attendant, which asks for its streams.  If it
 * does not respond within a moment, and is not just waiting for a CPU, the
 * clients behind it get one, too, and may be served first.  Up to DELIVERED no
 * handler has run: an activation may be dropped, and the client tries again.
 */
#include <errno.h>
#include <poll.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/attendant.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/turn.h"
#include "cli/core/slot/gathers.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum {
	GRACE_MS = 200, /* for an answer, before others may come first */
	DYING_MS = 10000, /* for an owner about to exit */
	ASK_MORE = 16   /* attended at once if one does not respond */
};

/* Whether the launch is for the instance's own document, and the instance has
 * others, too. */
static bool
is_again(const struct keeper *k, const struct fields *body)
{
	size_t n = fields_count(body, "arg");

	return n && n <= asks_own(body) &&
	    gathers_is(k->c->folder, k->c->info.since);
}

void
turn_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	const struct handler *h = k->serving.handler;

	if (reply_itself(k, cl, "hand over to itself"))
		return;
	if (h && proc_descends(cl->pid, h->pid)) {
		reply_own(k, cl, h->pid); /* it would wait for itself */
		return;
	}
	if (h && ours_unread(errno) < 0) { /* so it may */
		reply_last(k, cl, FRAME_AGAIN);
		return;
	}
	client_stage(cl, WAITING);
	cl->caller.request = *f;
	cl->caller.stays = fields_num(&f->body, "until", 0) == 1;
	cl->caller.own_document = is_again(k, &f->body);
	cl->turn = ++k->clients.turns;
}

void
turn_refuse(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->stage == WAITING || cl->stage == ATTENDED)
			reply_locked(k, cl);
	}
}

static bool
is_ready(const struct client *cl)
{
	return cl->stage == ATTENDED && cl->attendant.ready;
}

/* Whether a time is running: for this client to answer, and for its attendant to
 * be ready. */
static bool
grace_has(const struct client *cl)
{
	return cl->stage == ATTENDED && !cl->attendant.ready &&
	    cl->caller.grace;
}

/* Whether its time continues.  A process is not late if it is working, or waits
 * for a CPU; or if its report is here: then we were late. */
static bool
grace_lasts(struct client *cl)
{
	if (cl->caller.grace <= clock_now() &&
	    (io_wait(cl->attendant.fd, POLLIN, 0) > 0 ||
	    proc_works(cl->attendant.pid) || proc_works(cl->pid)))
		cl->caller.grace = clock_now() + GRACE_MS;
	return cl->caller.grace > clock_now();
}

/* The client whose turn it is: the first that is ready, still has time, or was
 * not asked yet. */
static struct client *
turn_first(const struct keeper *k)
{
	struct client *first = NULL, *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if ((cl->stage == WAITING || is_ready(cl) ||
		    grace_has(cl)) && (!first || cl->turn < first->turn))
			first = cl;
	}
	return first;
}

/*
 * Start attendants, usually one at a time.  A client that was asked may have its
 * streams in flight, and a user may have only so many descriptors in flight.  A
 * launch that was not asked may be stopped while it waits, without harm.  But
 * if one client does not respond, the next may not either: ask several, each
 * with its own grace.  False: out of descriptors for now.
 */
static bool
turn_attend(struct keeper *k)
{
	int n = client_first(k, ATTENDED) ? ASK_MORE : 1;
	struct client *cl;

	while (n-- && (cl = client_first(k, WAITING))) {
		if (!attendant_start(k, cl))
			return false;
		cl->caller.grace = clock_now() + GRACE_MS;
	}
	return true;
}

/* Count a launch; one that found no window, and now reopens one, has been
 * counted. */
static void
activation_count(struct keeper *k, const struct client *cl)
{
	struct info *i = &k->c->info;

	if (!cl->caller.reopens) {
		i->used = clock_wall();
		i->activations++;
	}
	info_count(k->c->folder, i);
}

/* No handler: signal the instance, if its terms say so. */
void
turn_signal(struct keeper *k, struct client *cl)
{
	int sig = k->c->info.terms.signal;

	if (sig && !instance_nameless(k) &&
	    instance_signal(k, owner_signal, sig) < 0) {
		if (errno == ESRCH) { /* it has just ended */
			reply_last(k, cl, FRAME_AGAIN);
			return;
		}
		reply_refuse(k, cl, EXIT_DENIED,
		    "cannot signal the instance");
	} else {
		raise_ask(k, cl, RAISE_UNTAKEN, 0);
		window_answer(k, cl, 0, false);
	}
	/* Count last: readers ask us, not the file, so the launch need not
	 * wait. */
	activation_count(k, cl);
}

/* Give the activation to a listener, else to the handler, else signal the
 * instance. */
static void
turn_deliver(struct keeper *k, struct client *cl)
{
	struct client *listener;

	/* The attendant is gone, or was forked under an earlier owner: ask for
	 * the streams again.  The client keeps its turn. */
	if (!cl->attendant.pid || cl->attendant.owner != k->c->info.owner.pid) {
		client_stage(cl, WAITING);
		return;
	}
	listener = client_first(k, LISTENING);
	if (listener) {
		if (listener_give(k, listener, cl))
			activation_count(k, cl);
		return;
	}
	if (!handler_has(k, cl)) {
		turn_signal(k, cl);
		return;
	}
	/* The listener has gone, and the program has become graphical. */
	if (cl->attendant.bare) {
		client_stage(cl, WAITING);
		return;
	}
	/* Look now: the handler may end the program, and an exiting process
	 * shows no libraries. */
	if (helper_sees(k))
		graphical_now(k);
	/* Record it first: the keeper may be killed as soon as the handler
	 * starts. */
	handler_note(k, cl);
	activation_count(k, cl);
	if (handler_start(k, cl) < 0) {
		k->c->info.activations -= !cl->caller.reopens;
		return;
	}
	raise_ask(k, cl, RAISE_TAKEN, k->serving.handler->pid);
	if (!cl->caller.is_trial)
		client_forget(cl); /* the handler has its own copy */
}

/* Whether others wait for this client's activation. */
static bool
holds_turn(const struct keeper *k, const struct client *cl)
{
	const struct handler *h = k->serving.handler;

	return cl->stage == SERVED &&
	    (cl == k->serving.caller || (h && cl == h->caller));
}

/* Tell each client once that it has to wait, and how many are before it. */
static void
turn_tell(struct keeper *k)
{
	struct client *cl = NULL, *o;
	long long ahead;

	while ((cl = client_at(k, WAITING, cl))) {
		if (cl->caller.wait_known)
			continue;
		ahead = 0;
		for (o = NULL; (o = client_next(k, o));)
			ahead += holds_turn(k, o) || (o->turn < cl->turn &&
			    (o->stage == WAITING || o->stage == ATTENDED));
		cl->caller.wait_known = true;
		raise_ask(k, cl, RAISE_WAITING, 0);
		reply_accepted(k, cl, ahead);
	}
}

/* Whether to wait because the owner is about to exit: what we gave it now would
 * be lost.  Wait at most DYING_MS: it may never exit. */
static bool
is_dying(struct keeper *k)
{
	struct serving *s = &k->serving;

	if (!proc_dying(k->c->info.owner.pid)) {
		s->dying = 0;
		return false;
	}
	if (!s->dying)
		s->dying = clock_now() + DYING_MS;
	return clock_now() < s->dying;
}

/* Whether the next activation may be served. */
static bool
is_open(const struct keeper *k)
{
	return k->state == OWNED && !handler_busy(k) && !k->serving.await;
}

void
turn_serve(struct keeper *k)
{
	struct serving *s = &k->serving;
	struct client *cl;

	s->unsure = 0;
	while (is_open(k)) {
		if (!(cl = turn_first(k)))
			break;
		if (grace_has(cl)) {
			if (grace_lasts(cl))
				break;
			cl->caller.grace = 0; /* it is passed over */
			continue;
		}
		/* The owner may have exited since the last look: deliver
		 * nothing to it, since DELIVERED is the point of no return.
		 * Check its exit last: if it exits in between, we cannot read
		 * that it is dying. */
		if (is_dying(k) || owner_ended(k->c->pidfd))
			break;
		if (second_allowed(k, cl) && !client_first(k, LISTENING) &&
		    (s->unsure = graphical_unsure(k)))
			break;
		if (is_ready(cl))
			turn_deliver(k, cl);
		else if (!handler_has(k, cl) && !client_first(k, LISTENING))
			turn_signal(k, cl);
		else if (!turn_attend(k))
			break;
	}
	turn_tell(k);
}

long long
turn_due(struct keeper *k)
{
	const struct client *cl = is_open(k) ? turn_first(k) : NULL;
	long long due = clock_now() < k->serving.dying ? k->serving.dying : 0;

	if (cl && grace_has(cl))
		clock_earlier(&due, cl->caller.grace);
	if (cl)
		clock_earlier(&due, k->serving.unsure);
	return due;
}
