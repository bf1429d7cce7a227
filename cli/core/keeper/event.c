/*
 * event.c: what happens to a connection, by the table of stages.
 *
 * Nothing here waits: a client that does not send delays only itself, and loses
 * its connection after some seconds.  A complete activation gets a turn
 * (turn.c).
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/event.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/request.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/taker.h"
#include "cli/core/keeper/waste.h"
#include "cli/core/wire/sock.h"

/*
 * Read a request, until it is complete.
 *
 * A large request is read on only when room for all of it is reserved; until
 * then it waits in its socket.  So a client that has room can always finish,
 * and the total is bounded.  A client that has room and does not fill it is
 * dropped while others wait for room.
 */

enum {
	CHUNK = 65536,
	SMALL = 32768,        /* a request that needs no reserved room */
	LARGE = 1 << 20,      /* a client gets SEND_MS for each LARGE bytes */
	RESERVED_MOST = 64 << 20, /* room of all requests together */
	STALL_MS = 1000,      /* for the next CHUNK, while others wait */
	RESUME_MS = 1000      /* to go on, after waiting for room */
};

/* The size of the whole request; 0: not known yet. */
static size_t
size_of(const struct intake *in)
{
	return frame_size(in->buf.at, in->buf.len);
}

/* wants_room: a large request has no room reserved yet.  fits: the room that is
 * left is enough for it. */
static bool
wants_room(const struct intake *in)
{
	return !in->room && size_of(in) > SMALL;
}

static bool
fits(const struct keeper *k, const struct client *cl)
{
	/* A launch with the offer and the holding parent always get room: all
	 * others wait for these two. */
	if (cl->stage == OFFERED ||
	    (cl->pid && cl->pid == k->c->info.parent.pid))
		return true;
	return k->clients.reserved + size_of(&cl->in) <= RESERVED_MOST;
}

/* Whether to read from the client now; else it waits for room.  Call this for
 * all clients, the oldest first, with k->clients.crowded false before. */
static bool
intake_open(struct keeper *k, struct client *cl)
{
	struct intake *in = &cl->in;
	bool was = in->paused;

	/* While a client that sends waits for room, no client after it gets
	 * any. */
	in->paused = cl->stage == READING && wants_room(in) &&
	    (k->clients.crowded || !fits(k, cl));
	if (in->paused && !k->clients.crowded)
		k->clients.crowded = io_wait(cl->fd, POLLIN, 0) > 0;
	if (was && !in->paused)
		cl->deadline = clock_now() + RESUME_MS;
	return !in->paused;
}

/* Whether the client has room and does not use it, while others wait for
 * room. */
static bool
intake_stalls(const struct keeper *k, const struct client *cl)
{
	return k->clients.crowded && cl->stage == READING && cl->in.room &&
	    cl->in.moved + STALL_MS <= clock_now();
}

/* How many bytes to read next, no more than there is room for; 0: none now, or
 * the client was dropped. */
static size_t
room_make(struct keeper *k, struct client *cl)
{
	struct intake *in = &cl->in;
	size_t size = size_of(in), left;

	if (wants_room(in)) {
		if (!fits(k, cl))
			return 0;
		in->room = size;
		k->clients.reserved += size;
		in->moved = clock_now();
		cl->deadline = in->moved + SEND_MS;
	}
	left = (in->room ? size : SMALL) - in->buf.len;
	if (buf_room(&in->buf, in->room || in->buf.len >= 4096 ? left :
	    INTAKE_FIRST) < 0) {
		client_drop(k, cl);
		return 0;
	}
	if (!in->room && left > in->buf.cap - in->buf.len)
		left = in->buf.cap - in->buf.len;
	return left < CHUNK ? left : CHUNK;
}

/* n more bytes of the request have arrived. */
static void
moved(struct client *cl, size_t n)
{
	struct intake *in = &cl->in;
	size_t was = in->buf.len;

	in->buf.len += n;
	if (!in->room)
		return;
	if (was / CHUNK != in->buf.len / CHUNK)
		in->moved = clock_now();
	if (was / LARGE != in->buf.len / LARGE)
		cl->deadline = in->moved + SEND_MS;
}

/* Read some bytes of the request, and serve it if it is complete then. */
static void
intake_read(struct keeper *k, struct client *cl)
{
	struct buf *b = &cl->in.buf;
	size_t room = room_make(k, cl);
	bool beside;
	ssize_t n;

	if (!room)
		return;
	n = sock_words(cl->fd, b->at + b->len, room, &beside);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_drop(k, cl);
		return;
	}
	moved(cl, (size_t)n);
	if (!beside) {
		request_take(k, cl);
	} else if (cl->in.sifted || cl->stage == OFFERED) {
		client_drop(k, cl);
	} else {
		cl->in.sifted = true;
		taker_sift(k, cl, (size_t)n);
	}
}

enum { REST_MS = 100 }; /* after descriptors have run out */

short
event_wanted(struct keeper *k, struct client *cl)
{
	/* poll(2) reports a hang-up even with no events wanted. */
	switch (stages[cl->stage].sends) {
	case REQUEST:
		return intake_open(k, cl) ? POLLIN | POLLPRI : 0;
	case UNREAD:
		return 0;
	default:
		return POLLIN;
	}
}

void
event_take(struct keeper *k, struct client *cl, int events)
{
	/* The event of another client may have dropped it. */
	if (!events || cl->gone)
		return;
	switch (stages[cl->stage].sends) {
	case REQUEST:
		/* Else it has hung up while it waited for room, or sent
		 * out-of-band data, as no client of ours does: to read past
		 * that would close, in the keeper, descriptors that came with
		 * it. */
		if (events & POLLIN && !(events & POLLPRI))
			intake_read(k, cl);
		else
			client_drop(k, cl);
		break;
	case STREAMS:
		if (events & (POLLHUP | POLLERR))
			client_drop(k, cl);
		else
			client_stage(k, cl, ANSWERED);
		break;
	default:
		client_drop(k, cl);
		break;
	}
}

void
event_heard(struct keeper *k, struct client *cl, int events)
{
	if (events && cl->taker.fd >= 0 && taker_heard(k, cl))
		request_take(k, cl);
}

void
event_expire(struct keeper *k)
{
	struct client *cl = NULL;
	long long now = clock_now();

	while ((cl = client_next(k, cl))) {
		if (intake_stalls(k, cl))
			client_drop(k, cl);
		else if (!cl->deadline || cl->deadline > now)
			continue;
		else if (stages[cl->stage].late == TELL)
			raise_late(k, cl);
		else if (stages[cl->stage].late == DONE)
			window_late(k, cl);
		else if (stages[cl->stage].late == FAIL)
			taker_late(k, cl);
		/* A paused client whose bytes are here waits for us: give it
		 * more time. */
		else if (cl->in.paused && io_wait(cl->fd, POLLIN, 0) > 0)
			cl->deadline = now + SEND_MS;
		else
			client_drop(k, cl);
	}
}

static void
gone(struct keeper *k, struct client *cl)
{
	switch (stages[cl->stage].leaves) {
	case HANGUP:
		handler_orphan(k, cl);
		break;
	case RECORD:
		listener_gone(k, cl);
		break;
	default:
		break;
	}
}

void
event_sweep(struct keeper *k)
{
	client_sweep(k, gone);
}

void
event_accept(struct keeper *k)
{
	struct pollfd p[3] = { { -1, POLLIN, 0 }, { -1, POLLIN, 0 },
		{ -1, POLLIN | POLLPRI, 0 } };
	struct client *cl;
	pid_t pid;
	int fd;

	while (!client_full(k) && k->state != VACANT) {
		fd = accept4(k->c->listen, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			/* Out of descriptors: accept none for a while. */
			if (errno != EAGAIN && errno != ECONNABORTED)
				k->clients.rest = clock_now() + REST_MS;
			return;
		}
		if (!sock_ours(fd, k->uid, &pid) ||
		    !(cl = client_new(k, fd, pid))) {
			waste_shut(k, &fd);
			continue;
		}
		/* Most requests arrive together with the connection. */
		p[0].fd = k->state == OWNED ? k->c->pidfd : -1;
		p[1].fd = k->c->listen;
		p[2].fd = fd;
		io_poll(p, 3, 0);
		event_take(k, cl, p[2].revents);
		/* If the owner has ended, see to that before the next
		 * client. */
		if (p[0].revents || !p[1].revents)
			return;
	}
}
