/*
 * client.c: the other end of the socket, one connection at a time.
 *
 * A large request gets room for all of it before it is read on, or waits in
 * its socket: whoever has room can come to an end, and all together have a
 * bound.  Who has some and does not fill it makes room for those who would.
 *
 * Nothing here waits: what a client does not send costs only itself, and
 * after some seconds its connection.  A whole activation gets a turn (turn.c).
 *
 * A client that is dropped is GONE, but stays in memory to the end of the
 * round: whoever calls what may drop looks at its stage afterwards.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/owner.h"
#include "cli/wire/sock.h"
#include "preload/contract.h"

enum {
	CHUNK = 65536,
	SMALL = 32768,       /* a request that needs no room */
	LARGE = 1 << 20,     /* of a large one, in REQUEST_MS at most */
	HELD_MOST = 64 << 20, /* room of all together */
	STALL_MS = 1000,     /* for the next CHUNK, while others wait */
	REST_MS = 100        /* after descriptors have run out */
};

bool
client_large(const struct client *cl)
{
	return !cl->room && frame_size(cl->in.at, cl->in.len) > SMALL;
}

bool
client_fits(const struct keeper *k, const struct client *cl)
{
	/* All others wait for these two. */
	if (cl->stage == OFFERED ||
	    (cl->pid && cl->pid == k->c->info.guard.pid))
		return true;
	return k->held + frame_size(cl->in.at, cl->in.len) <= HELD_MOST;
}

/* Its request is not needed any more. */
void
client_forget(struct keeper *k, struct client *cl)
{
	k->held -= cl->room;
	cl->room = 0;
	buf_free(&cl->in);
	memset(&cl->request, 0, sizeof(cl->request));
}

void
client_drop(struct keeper *k, struct client *cl)
{
	if (cl->stage == GONE)
		return;
	if (cl->stage == SERVED && k->handler.caller == cl)
		handler_orphan(k);
	if (cl->stage == LISTENING)
		listener_leave(k, cl);
	cl->stage = GONE;
	cl->deadline = cl->grace = 0;
	io_close(&cl->fd);
	for (int i = 0; i < STREAMS; i++)
		io_close(&cl->streams[i]);
}

void
client_sweep(struct keeper *k)
{
	struct client **at = &k->clients, *cl;

	while ((cl = *at)) {
		if (cl->stage != GONE) {
			at = &cl->next;
			continue;
		}
		*at = cl->next;
		client_forget(k, cl);
		free(cl);
		k->nclients--;
		k->rest = 0;
	}
}

void
client_turn_away(struct keeper *k, const struct client *but)
{
	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl != but && (cl->stage == READING ||
		    cl->stage == WAITING || cl->stage == ASKED ||
		    cl->stage == ANSWERED || cl->stage == QUEUED ||
		    cl->stage == OFFERED)) {
			reply_bare(k, cl, FRAME_AGAIN);
			client_drop(k, cl);
		}
	}
}

void
client_end(struct keeper *k)
{
	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == WATCHING || cl->stage == LISTENING)
			reply_ended(k, cl);
	}
}

void
client_dismiss(struct keeper *k)
{
	/* Listeners first: what they had is to begin again. */
	client_end(k);
	raise_end(k);
	client_turn_away(k, NULL);
}

struct client *
client_first(const struct keeper *k, enum stage stage)
{
	struct client *first = NULL;

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->stage == stage && (!first || cl->turn < first->turn))
			first = cl;
	}
	return first;
}

bool
client_means(struct keeper *k, struct client *cl, const struct frame *f)
{
	long long since = fields_num(&f->body, "since", 0);

	if (since && since != k->c->info.since) {
		k->status_known = false;
		reply_ended(k, cl); /* that one is over */
	} else if (k->state == PASSING) {
		reply_bare(k, cl, FRAME_AGAIN);
		client_drop(k, cl);
	} else {
		return true;
	}
	return false;
}

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
		k->guard_dim = false;
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
		queue_promote(k, cl, f);
		break;
	case FRAME_WAIT:
		queue_take(k, cl, f);
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
		queue_renew(k, cl, f);
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

/* Take the frames that are whole by now. */
static void
frames_take(struct keeper *k, struct client *cl)
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

/* How much is to be read next: no more than there is room for. */
static size_t
request_room(struct keeper *k, struct client *cl)
{
	size_t size = frame_size(cl->in.at, cl->in.len), left;

	if (client_large(cl)) {
		if (!client_fits(k, cl))
			return 0;
		cl->room = size;
		k->held += size;
		cl->moved = clock_now();
		cl->deadline = cl->moved + REQUEST_MS;
	}
	left = (cl->room ? size : SMALL) - cl->in.len;
	if (buf_room(&cl->in, cl->room ? left : cl->in.len < 4096 ? 1024 :
	    left) < 0) {
		client_drop(k, cl);
		return 0;
	}
	if (!cl->room && left > cl->in.cap - cl->in.len)
		left = cl->in.cap - cl->in.len;
	return left < CHUNK ? left : CHUNK;
}

/* Some of it has come. */
static void
request_moved(struct client *cl, size_t n)
{
	size_t was = cl->in.len;

	cl->in.len += n;
	if (!cl->room)
		return;
	if (was / CHUNK != cl->in.len / CHUNK)
		cl->moved = clock_now();
	if (was / LARGE != cl->in.len / LARGE)
		cl->deadline = cl->moved + REQUEST_MS;
}

static void
request_read(struct keeper *k, struct client *cl)
{
	size_t room = request_room(k, cl);
	ssize_t n;

	if (!room)
		return;
	/* recv has no room for descriptors: the kernel closes them. */
	n = recv(cl->fd, cl->in.at + cl->in.len, room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_drop(k, cl);
		return;
	}
	request_moved(cl, (size_t)n);
	frames_take(k, cl);
}

void
client_event(struct keeper *k, struct client *cl, int events)
{
	switch (cl->stage) {
	case READING:
	case OFFERED:
		if (events & POLLIN)
			request_read(k, cl);
		else
			client_drop(k, cl); /* while we made it wait */
		break;
	case ASKED:
		if (events & (POLLHUP | POLLERR)) {
			client_drop(k, cl);
			break;
		}
		cl->stage = ANSWERED;
		cl->deadline = cl->grace = 0;
		break;
	case GONE:
		break;
	default:
		/* It went away, or sends what nobody asked for. */
		client_drop(k, cl);
		break;
	}
}

void
client_expire(struct keeper *k)
{
	long long now = clock_now();

	for (struct client *cl = k->clients; cl; cl = cl->next) {
		if (cl->grace && cl->grace <= now)
			cl->grace = 0;
		if (k->crowded && cl->stage == READING && cl->room &&
		    cl->moved + STALL_MS <= now)
			client_drop(k, cl);
		if (!cl->deadline || cl->deadline > now)
			continue;
		/* One whose bytes lie there waits for us, not we for it. */
		if (cl->paused && io_wait(cl->fd, POLLIN, 0) > 0)
			cl->deadline = now + REQUEST_MS;
		else
			client_drop(k, cl);
	}
}

size_t
client_most(const struct keeper *k)
{
	/* The streams of one client are reckoned with. */
	return k->max_clients + (k->handler.listener &&
	    k->handler.caller->bare ? STREAMS : 0);
}

void
client_accept(struct keeper *k)
{
	struct client *cl, **at;
	int fd;

	while (k->nclients < client_most(k)) {
		fd = accept4(k->c->listen, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			/* Out of descriptors: not again at once. */
			if (errno != EAGAIN && errno != ECONNABORTED)
				k->rest = clock_now() + REST_MS;
			return;
		}
		cl = calloc(1, sizeof(*cl));
		if (!cl || !sock_ours(fd, &cl->pid)) {
			free(cl);
			close(fd);
			continue;
		}
		cl->fd = fd;
		cl->raised = -1;
		cl->came = clock_boot();
		cl->deadline = clock_now() + REQUEST_MS;
		buf_init(&cl->in, NULL, 0);
		for (int i = 0; i < STREAMS; i++)
			cl->streams[i] = -1;
		for (at = &k->clients; *at; at = &(*at)->next)
			;
		*at = cl;
		k->nclients++;
		/* Most requests have come with the connection. */
		request_read(k, cl);
	}
}
