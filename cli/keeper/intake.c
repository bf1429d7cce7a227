/*
 * intake.c: the bytes of a request, until it is whole.
 *
 * A large request gets room for all of it before it is read on, or waits in
 * its socket: whoever has room can come to an end, and all together have a
 * bound.  Who has some and does not fill it makes room for those who would.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/intake.h"
#include "cli/keeper/request.h"
#include "cli/keeper/state.h"

enum {
	CHUNK = 65536,
	SMALL = 32768,        /* a request that needs no room */
	LARGE = 1 << 20,      /* of a large one, in SEND_MS at most */
	HELD_MOST = 64 << 20, /* room of all together */
	STALL_MS = 1000,      /* for the next CHUNK, while others wait */
	RESUME_MS = 1000      /* for what is on its way already */
};

/* The size of the whole request, as far as that is known. */
static size_t
size_of(const struct intake *in)
{
	return frame_size(in->buf.at, in->buf.len);
}

/* Whether it has yet to get room, and whether there is some. */
static bool
wants_room(const struct intake *in)
{
	return !in->room && size_of(in) > SMALL;
}

static bool
fits(const struct keeper *k, const struct client *cl)
{
	/* All others wait for these two. */
	if (cl->stage == OFFERED ||
	    (cl->pid && cl->pid == k->c->info.guard.pid))
		return true;
	return k->clients.held + size_of(&cl->in) <= HELD_MOST;
}

bool
intake_open(struct keeper *k, struct client *cl)
{
	struct intake *in = &cl->in;
	bool was = in->paused;

	/* While there is no room for one that sends, nobody after it gets
	 * any. */
	in->paused = cl->stage == READING && wants_room(in) &&
	    (k->clients.crowded || !fits(k, cl));
	if (in->paused && !k->clients.crowded)
		k->clients.crowded = io_wait(cl->fd, POLLIN, 0) > 0;
	if (was && !in->paused)
		cl->deadline = clock_now() + RESUME_MS;
	return !in->paused;
}

bool
intake_stalls(const struct keeper *k, const struct client *cl)
{
	return k->clients.crowded && cl->stage == READING && cl->in.room &&
	    cl->in.moved + STALL_MS <= clock_now();
}

/* How much is to be read next: no more than there is room for. */
static size_t
room_make(struct keeper *k, struct client *cl)
{
	struct intake *in = &cl->in;
	size_t size = size_of(in), left;

	if (wants_room(in)) {
		if (!fits(k, cl))
			return 0;
		in->room = size;
		k->clients.held += size;
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

/* Some of it has come. */
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

void
intake_read(struct keeper *k, struct client *cl)
{
	struct buf *b = &cl->in.buf;
	size_t room = room_make(k, cl);
	ssize_t n;

	if (!room)
		return;
	/* recv has no room for descriptors: the kernel closes them. */
	n = recv(cl->fd, b->at + b->len, room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_drop(k, cl);
		return;
	}
	moved(cl, (size_t)n);
	request_take(k, cl);
}
