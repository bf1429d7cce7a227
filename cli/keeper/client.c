/*
 * client.c: those who are connected, in order of accept.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/state.h"

struct client *
client_next(const struct keeper *k, const struct client *cl)
{
	struct client *next = cl ? cl->next : k->clients.first;

	while (next && next->gone)
		next = next->next;
	return next;
}

struct client *
client_first(const struct keeper *k, enum stage stage)
{
	struct client *first = NULL, *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->stage == stage && (!first || cl->turn < first->turn))
			first = cl;
	}
	return first;
}

bool
client_full(const struct keeper *k)
{
	const struct serving *s = &k->serving;
	size_t most = k->clients.most;

	/* The streams of one client are reckoned with. */
	if (s->listener && s->caller->caller.bare)
		most += FDS;
	return k->clients.n >= most;
}

struct client *
client_new(struct keeper *k, int fd, pid_t pid)
{
	struct client **at = &k->clients.first;
	struct client *cl = calloc(1, sizeof(*cl));

	if (!cl)
		return NULL;
	cl->fd = fd;
	cl->pid = pid;
	cl->came = clock_boot();
	buf_init(&cl->in.buf, cl->in.first, sizeof(cl->in.first));
	client_stage(k, cl, READING);
	while (*at)
		at = &(*at)->next;
	*at = cl;
	k->clients.n++;
	return cl;
}

/* The part that a client has not had before. */
static void
part_begin(struct client *cl, enum part part)
{
	switch (part) {
	case CALLER:
		cl->caller = (struct caller){ .fd = { -1, -1, -1, -1 },
			.raised = -1 };
		break;
	case WAITER:
		cl->waiter = (struct waiter){ 0 };
		break;
	case LOOP:
		*cl->loop = '\0';
		break;
	default:
		break;
	}
}

static void
part_end(struct client *cl, enum part part)
{
	for (int i = 0; part == CALLER && i < FDS; i++)
		io_close(&cl->caller.fd[i]);
}

void
client_forget(struct keeper *k, struct client *cl)
{
	k->clients.held -= cl->in.room;
	cl->in.room = 0;
	buf_free(&cl->in.buf);
	buf_init(&cl->in.buf, cl->in.first, sizeof(cl->in.first));
}

void
client_stage(struct keeper *k, struct client *cl, enum stage stage)
{
	const struct stage_row *was = &stages[cl->stage];
	const struct stage_row *row = &stages[stage];

	if (row->part != was->part) {
		part_end(cl, was->part);
		part_begin(cl, row->part);
	}
	if (!row->keeps)
		client_forget(k, cl);
	cl->stage = stage;
	cl->deadline = row->ms ? clock_now() + row->ms : 0;
}

void
client_drop(struct keeper *k, struct client *cl)
{
	cl->gone = k->clients.gone = true;
	io_close(&cl->fd);
	part_end(cl, stages[cl->stage].part);
}

void
client_sweep(struct keeper *k,
    void (*gone)(struct keeper *k, struct client *cl))
{
	struct client **at = &k->clients.first, *cl;

	k->clients.gone = false;
	while ((cl = *at)) {
		if (!cl->gone) {
			at = &cl->next;
			continue;
		}
		gone(k, cl);
		*at = cl->next;
		client_forget(k, cl);
		free(cl);
		k->clients.n--;
		k->clients.rest = 0;
	}
}
