/*
 * turn.c: activations, one after the other, in order of arrival.
 *
 * The client whose turn it is is asked for its streams; one that keeps silent
 * is waited for only a moment, then those behind it are asked too and served
 * in its stead.  Up to DELIVERED an activation may be dropped, since nothing
 * ran; the client comes again.
 */
#include <sys/socket.h>

#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/listener.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/settle.h"
#include "cli/keeper/state.h"
#include "cli/keeper/turn.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/info_make.h"
#include "cli/slot/owner.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum {
	ANSWER = 4096,  /* the longest one to NEED */
	GRACE_MS = 200, /* for an answer, before others may come first */
	LATE_MS = 2000, /* that one waits before it is told whom for */
	ASK_MORE = 16   /* asked at once then; their streams are in flight */
};

void
turn_take(struct keeper *k, struct client *cl, const struct frame *f)
{
	const struct handler *h = k->serving.handler;
	pid_t handler = h ? h->pid : 0;

	if ((handler && cl->pid && proc_descends(cl->pid, handler)) ||
	    (cl->pid && listener_above(k, cl->pid, &handler))) {
		reply_own(k, cl, handler); /* it would wait for itself */
		return;
	}
	if (cl->in.buf.len > f->size) {
		reply_refuse(k, cl, EXIT_NOANSWER, "more than a request was"
		    " sent before its keeper asked");
		return;
	}
	point("activate");
	client_stage(k, cl, WAITING);
	cl->caller.request = *f;
	cl->caller.until = fields_num(&f->body, "until", 0) == 1;
	cl->turn = ++k->clients.turns;
}

/* Whether somebody before cl (NULL: anybody) still has time to answer. */
static bool
grace_given(const struct keeper *k, const struct client *cl)
{
	const struct client *o = NULL;

	while ((o = client_next(k, o))) {
		if (o->stage == ASKED && o->caller.grace &&
		    (!cl || o->turn < cl->turn))
			return true;
	}
	return false;
}

static void
grace_expire(struct keeper *k)
{
	struct client *cl = NULL;
	long long now = clock_now();

	while ((cl = client_next(k, cl))) {
		if (cl->stage == ASKED && cl->caller.grace <= now)
			cl->caller.grace = 0;
	}
}

/*
 * Ask for streams.  One at a time as a rule: those that are asked and not
 * served have theirs in flight, of which a user may not have many, and a
 * launch that is stopped while it waits loses nothing.  But where somebody
 * keeps silent there may be more of them: ask several, each with its grace.
 */
static void
turn_ask(struct keeper *k)
{
	int n = client_first(k, ASKED) ? ASK_MORE : 1;
	struct client *cl;

	while (n-- && (cl = client_first(k, WAITING))) {
		client_stage(k, cl, ASKED);
		cl->caller.grace = clock_now() + GRACE_MS;
		reply_bare(k, cl, FRAME_NEED);
	}
}

static void
activation_count(struct keeper *k)
{
	struct info *i = &k->c->info;

	i->used = clock_wall();
	info_count(k->c->folder, ++i->activations, i->used);
}

/* Put each stream in its place: they came in the order cwd, then those of 0
 * to 2 that `open` names.  false: there are fewer. */
static bool
streams_place(struct client *cl, const struct frame *f)
{
	const char *open = fields_get(&f->body, "open");
	int got[FDS], n = 1;
	bool all;

	memcpy(got, cl->caller.fd, sizeof(got));
	all = got[0] >= 0;
	for (int i = 1; i < FDS; i++) {
		char name[2] = { (char)('0' + i - 1), '\0' };

		cl->caller.fd[i] = -1;
		if (open && strstr(open, name)) {
			cl->caller.fd[i] = got[n++];
			all &= cl->caller.fd[i] >= 0;
		}
	}
	while (n < FDS)
		io_close(&got[n++]);
	return all;
}

/*
 * Take the streams out of the socket, all or none: an answer in one piece is
 * what a launch sends, and so nobody keeps us waiting with descriptors of his
 * in our hands.  A handler without its folder or a stream is never begun.
 */
static bool
streams_take(struct keeper *k, struct client *cl)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(FDS *
	    sizeof(int))];
	char bytes[ANSWER];
	struct iovec iov = { bytes, sizeof(bytes) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control) };
	struct frame f;
	ssize_t n;

	n = recvmsg(cl->fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (n <= 0) {
		client_drop(k, cl);
		return false;
	}
	sock_rights(&msg, cl->caller.fd, FDS);
	if (frame_parse(bytes, (size_t)n, &f) != FRAME_WHOLE ||
	    f.type != FRAME_STREAMS) {
		reply_refuse(k, cl, EXIT_NOANSWER, "not an answer to what"
		    " its keeper asked");
		return false;
	}
	if (msg.msg_flags & MSG_CTRUNC || !streams_place(cl, &f)) {
		reply_refuse(k, cl, EXIT_SYSTEM, "the streams of this launch"
		    " did not arrive; its keeper has no descriptors left");
		return false;
	}
	return true;
}

/* No handler: a signal to the instance, if it wants one. */
static void
signal_serve(struct keeper *k, struct client *cl)
{
	int sig = k->c->info.terms.signal;

	if (sig && !k->tenure.unseen && owner_signal(k->c->pidfd, sig) < 0)
		reply_refuse(k, cl, EXIT_DENIED,
		    "cannot signal the instance");
	else {
		raise_ask(k, cl, RAISE_UNTAKEN, 0);
		raise_answer(k, cl, 0, false);
	}
	/* Whoever asks for the number asks us: the launch need not wait. */
	activation_count(k);
}

/* A listener gets it, else the handler. */
static void
deliver(struct keeper *k, struct client *cl)
{
	struct client *listener;

	/* One that a listener gave back has them here. */
	if (!cl->caller.bare && cl->caller.fd[0] < 0 && !streams_take(k, cl))
		return;
	/* The point of no return is not passed for an owner that ended. */
	settle_check(k);
	if (k->state != OWNED || cl->caller.bare) {
		reply_last(k, cl, FRAME_AGAIN);
		return;
	}
	point("deliver");
	listener = client_first(k, LISTENING);
	if (listener) {
		if (listener_give(k, listener, cl))
			activation_count(k);
		return;
	}
	if (!k->c->info.terms.on_activate) {
		signal_serve(k, cl);
		return;
	}
	if (!reply_delivered(k, cl, NULL))
		return;
	if (handler_start(k, cl) < 0) {
		reply_refuse(k, cl, EXIT_SYSTEM,
		    "cannot start the handler");
		return;
	}
	raise_ask(k, cl, RAISE_TAKEN, k->serving.handler->pid);
	cl->caller.documents = fields_get(&cl->caller.request.body, "arg");
	client_forget(k, cl); /* the handler has its own copy */
	activation_count(k);
}

/* Whether its activation is the one that others wait for. */
static bool
serving(const struct keeper *k, const struct client *cl)
{
	const struct handler *h = k->serving.handler;

	return cl->stage == SERVED &&
	    (cl == k->serving.caller || (h && cl == h->caller));
}

/* Who has to wait is told so, once, and for how many. */
static void
turn_tell(struct keeper *k)
{
	struct client *cl = NULL, *o;
	long long ahead;

	while ((cl = client_next(k, cl))) {
		if (cl->stage != WAITING || cl->caller.told)
			continue;
		ahead = 0;
		for (o = NULL; (o = client_next(k, o));)
			ahead += serving(k, o) || (o->turn < cl->turn &&
			    (o->stage == WAITING || o->stage == ASKED ||
			    o->stage == ANSWERED));
		cl->caller.told = true;
		cl->caller.late = clock_now() + LATE_MS;
		raise_ask(k, cl, RAISE_WAITING, 0);
		reply_accepted(k, cl, ahead);
	}
}

/* Who has waited for long and has no terminal is told on the desktop. */
static void
late_tell(struct keeper *k)
{
	struct client *cl = NULL;
	long long now = clock_now();

	while ((cl = client_next(k, cl))) {
		if (cl->stage != WAITING || !cl->caller.late ||
		    cl->caller.late > now)
			continue;
		/* Or have several come and gone meanwhile? */
		cl->caller.late = now < k->serving.began + LATE_MS ?
		    k->serving.began + LATE_MS : 0;
		if (!cl->caller.late && handler_busy(k))
			raise_ask(k, cl, RAISE_LATE, 0);
	}
}

void
turn_serve(struct keeper *k)
{
	struct client *cl;

	grace_expire(k);
	listener_expire(k);
	while (k->state == OWNED && !handler_busy(k) && !k->serving.await) {
		cl = client_first(k, ANSWERED);
		if (grace_given(k, cl))
			break;
		if (!cl && !(cl = client_first(k, WAITING)))
			break;
		/* Its owner may have ended since the last look. */
		settle_check(k);
		if (k->state != OWNED)
			break;
		if (cl->stage == ANSWERED)
			deliver(k, cl);
		else if (k->c->info.terms.on_activate ||
		    client_first(k, LISTENING))
			turn_ask(k);
		else
			signal_serve(k, cl);
	}
	turn_tell(k);
	late_tell(k);
}

long long
turn_due(const struct keeper *k)
{
	const struct client *cl = NULL;
	long long due = 0;

	while ((cl = client_next(k, cl))) {
		if (cl->stage == ASKED && cl->caller.grace &&
		    (!due || cl->caller.grace < due))
			due = cl->caller.grace;
		if (cl->stage == WAITING && cl->caller.late &&
		    (!due || cl->caller.late < due))
			due = cl->caller.late;
	}
	return due;
}
