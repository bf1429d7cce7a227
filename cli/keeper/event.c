/*
 * event.c: the other end of the socket, one connection at a time.
 *
 * Nothing here waits: what a client does not send costs only itself, and
 * after some seconds its connection.  A whole activation gets a turn (turn.c).
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/state.h"
#include "cli/wire/sock.h"

enum {
	STALL_MS = 1000, /* for the next CHUNK, while others wait */
	REST_MS = 100    /* after descriptors have run out */
};

void
client_event(struct keeper *k, struct client *cl, int events)
{
	switch (cl->stage) {
	case READING:
	case OFFERED:
		if (events & POLLIN)
			intake_read(k, cl);
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
		intake_read(k, cl);
	}
}
