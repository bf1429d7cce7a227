/*
 * client.c: those who are connected, and how one of them goes.
 *
 * A client that is dropped is GONE, but stays in memory to the end of the
 * round: whoever calls what may drop looks at its stage afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/io.h"
#include "cli/keeper/state.h"

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

size_t
client_most(const struct keeper *k)
{
	/* The streams of one client are reckoned with. */
	return k->max_clients + (k->handler.listener &&
	    k->handler.caller->bare ? STREAMS : 0);
}
