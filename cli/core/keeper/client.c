/*
 * client.c: the connected clients, in order of accept.
 *
 * A client is always at one stage.  client_stage alone changes that, and gives
 * the client what the table of stages says: the part of the union,
 * the deadline, and whether request and child are kept.  Only client_sweep
 * frees a client (client.h).
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/waste.h"

/*
 * The table of stages: what each event does with a client.
 *
 *	has     the member of the union in struct client that is valid
 *	sends   a REQUEST is read as it comes (event.c); STREAMS come when it
 *	        has its turn (turn.c), and lie UNREAD in the socket; if it is
 *	        to send NOTHING, any input is a hang-up or was not asked for:
 *	        the client is dropped
 *	keeps   it KEEPS its request, or LOSES it; or keeps it and may have a
 *	        child that TAKES its descriptors (taker.c)
 *	time    in ms (0: no limit); then it GOES, or we TELL it the outcome
 *	        of raising so far (raise_late), or it is DONE without a window
 *	        (window_late), or we refuse it: FAIL (taker_late)
 *	end     the last reply: ENDED, when the instance is over; AGAIN (start
 *	        over), when the slot is released or gets another key
 *	leaves  what follows when it has gone, answered or not: a HANGUP for a
 *	        handler that still runs for it; its RECORD goes to another
 *	        handler
 */
const struct stage_row stages[] = {
	/*              has     sends    keeps  time            end    leaves */
	[READING] =   { NONE,   REQUEST, KEEPS, SEND_MS,  GOES, AGAIN, NOBODY },
	[SIFTED] =    { NONE,   UNREAD,  TAKES, SEND_MS,  GOES, AGAIN, NOBODY },
	[WAITING] =   { CALLER, NOTHING, KEEPS, 0,        GOES, AGAIN, NOBODY },
	[ASKED] =     { CALLER, STREAMS, KEEPS, SEND_MS,  GOES, AGAIN, NOBODY },
	[ANSWERED] =  { CALLER, UNREAD,  KEEPS, 0,        GOES, AGAIN, NOBODY },
	[TAKING] =    { CALLER, UNREAD,  TAKES, TAKE_MS,  FAIL, AGAIN, NOBODY },
	[READY] =     { CALLER, UNREAD,  TAKES, 0,        GOES, AGAIN, NOBODY },
	[SERVED] =    { CALLER, NOTHING, TAKES, 0,        GOES, QUIET, HANGUP },
	[SHOWING] =   { CALLER, NOTHING, LOSES, SHOW_MS,  DONE, AGAIN, NOBODY },
	[RAISED] =    { CALLER, NOTHING, LOSES, TELL_MS,  TELL, QUIET, NOBODY },
	[CLOSING] =   { NONE,   NOTHING, LOSES, 0,        GOES, QUIET, NOBODY },
	[WATCHING] =  { NONE,   NOTHING, LOSES, 0,        GOES, ENDED, NOBODY },
	[JOINING] =   { NONE,   NOTHING, LOSES, 0,        GOES, ENDED, NOBODY },
	[QUEUED] =    { WAITER, NOTHING, LOSES, 0,        GOES, AGAIN, NOBODY },
	[OFFERED] =   { WAITER, REQUEST, KEEPS, OFFER_MS, GOES, AGAIN, NOBODY },
	[LISTENING] = { LOOP,   NOTHING, LOSES, 0,        GOES, ENDED, RECORD }
};

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
	return k->clients.n + k->waste.n >= k->clients.most;
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
	cl->taker.fd = -1;
	buf_init(&cl->in.buf, cl->in.first, sizeof(cl->in.first));
	client_stage(k, cl, READING);
	while (*at)
		at = &(*at)->next;
	*at = cl;
	k->clients.n++;
	return cl;
}

/* Clear the part of the union that the new stage uses. */
static void
part_begin(struct client *cl, enum part part)
{
	switch (part) {
	case CALLER:
		cl->caller = (struct caller){ .raised = -1 };
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
	if (part == CALLER)
		free(cl->caller.cwd);
}

void
client_forget(struct keeper *k, struct client *cl)
{
	k->clients.reserved -= cl->in.room;
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
	if (row->keeps == LOSES)
		client_forget(k, cl);
	if (row->keeps != TAKES)
		client_untake(cl);
	cl->stage = stage;
	cl->deadline = row->ms ? clock_now() + row->ms : 0;
}

void
client_untake(struct client *cl)
{
	/* handler_reap reaps the killed child.  Do not wait for it here: it may
	 * be stuck in the kernel. */
	if (cl->taker.pid)
		kill(cl->taker.pid, SIGKILL);
	cl->taker.pid = 0;
	io_close(&cl->taker.fd);
}

void
client_drop(struct keeper *k, struct client *cl)
{
	cl->gone = k->clients.gone = true;
	waste_shut(k, &cl->fd);
	client_untake(cl);
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
		part_end(cl, stages[cl->stage].part);
		client_forget(k, cl);
		free(cl);
		k->clients.n--;
		k->clients.rest = 0;
	}
}
