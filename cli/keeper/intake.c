/*
 * intake.c: the bytes of a request, until it is whole.
 *
 * A large request gets room for all of it before it is read on, or waits in
 * its socket: whoever has room can come to an end, and all together have a
 * bound.  Who has some and does not fill it makes room for those who would.
 */
#include <sys/socket.h>

#include <errno.h>

#include "cli/clock.h"
#include "cli/keeper/state.h"

enum {
	CHUNK = 65536,
	SMALL = 32768,       /* a request that needs no room */
	LARGE = 1 << 20,     /* of a large one, in REQUEST_MS at most */
	HELD_MOST = 64 << 20 /* room of all together */
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

void
intake_read(struct keeper *k, struct client *cl)
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
	request_frames(k, cl);
}
