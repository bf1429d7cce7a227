/*
 * event.c: what happens to a connection, by the table of stages.
 *
 * Nothing here waits: what a client does not send costs only itself, and
 * after some seconds its connection.  A whole activation gets a turn (turn.c).
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/doubt.h"
#include "cli/keeper/event.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/intake.h"
#include "cli/keeper/listener.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/state.h"
#include "cli/slot/owner.h"
#include "cli/wire/sock.h"

enum { REST_MS = 100 }; /* after descriptors have run out */

short
event_wanted(struct keeper *k, struct client *cl)
{
	/* That it went away is told all the same. */
	switch (stages[cl->stage].sends) {
	case REQUEST:
		return intake_open(k, cl) ? POLLIN : 0;
	case UNREAD:
		return 0;
	default:
		return POLLIN;
	}
}

void
event_take(struct keeper *k, struct client *cl, int events)
{
	/* What happened to another one may have dropped it. */
	if (!events || cl->gone)
		return;
	switch (stages[cl->stage].sends) {
	case REQUEST:
		if (events & POLLIN)
			intake_read(k, cl);
		else
			client_drop(k, cl); /* while we made it wait */
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
			doubt_over(k, cl);
		/* One whose bytes lie there waits for us, not we for it. */
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
	struct client *cl;
	pid_t pid;
	int fd;

	while (!client_full(k)) {
		fd = accept4(k->c->listen, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0) {
			/* Out of descriptors: not again at once. */
			if (errno != EAGAIN && errno != ECONNABORTED)
				k->clients.rest = clock_now() + REST_MS;
			return;
		}
		if (!sock_ours(fd, &pid) ||
		    !(cl = client_new(k, fd, pid))) {
			close(fd);
			continue;
		}
		/* Most requests have come with the connection. */
		intake_read(k, cl);
		/* Whoever comes after an owner's end finds that settled. */
		if (k->state == OWNED && owner_ended(k->c->pidfd))
			return;
	}
}
