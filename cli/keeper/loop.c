/*
 * loop.c: the one loop of a keeper.
 *
 * It sleeps without a time limit while nothing is due: no wake-ups while
 * idle.
 */
#include <sys/file.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/event.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/heal.h"
#include "cli/keeper/lent.h"
#include "cli/keeper/line.h"
#include "cli/keeper/loop.h"
#include "cli/keeper/promote.h"
#include "cli/keeper/replace.h"
#include "cli/keeper/settle.h"
#include "cli/keeper/state.h"
#include "cli/keeper/turn.h"
#include "preload/contract.h"

enum { OWN = 2, LOOK_MS = 20 };

struct polls {
	struct pollfd *at;
	struct client **client; /* of at[OWN + i] */
	size_t n, cap;
};

static void
polls_room(struct polls *p, size_t n)
{
	if (n <= p->cap)
		return;
	n += n / 2;
	p->at = realloc(p->at, n * sizeof(*p->at));
	p->client = realloc(p->client, n * sizeof(*p->client));
	if (!p->at || !p->client)
		_exit(EXIT_SYSTEM); /* the next launch finds the owner */
	p->cap = n;
}

static void
earlier(long long *due, long long when)
{
	if (when && (!*due || when < *due))
		*due = when;
}

/* What to wait for, and until when (0: for ever). */
static long long
polls_fill(struct polls *p, struct keeper *k)
{
	struct clients *all = &k->clients;
	struct client *cl = NULL;
	long long due = 0;

	if (all->rest && all->rest <= clock_now())
		all->rest = 0;
	polls_room(p, OWN + all->n);
	p->at[0] = (struct pollfd){ k->state == OWNED ? k->c->pidfd :
		k->state == HELD ? k->tenure.guard : -1, POLLIN, 0 };
	p->at[1] = (struct pollfd){ client_full(k) || all->rest ? -1 :
		k->c->listen, POLLIN, 0 };
	p->n = OWN;
	all->crowded = false;
	while ((cl = client_next(k, cl))) {
		p->client[p->n] = cl;
		p->at[p->n++] = (struct pollfd){ cl->fd,
			event_wanted(k, cl), 0 };
		earlier(&due, cl->deadline);
	}
	if (all->crowded)
		earlier(&due, clock_now() + LOOK_MS);
	earlier(&due, all->rest);
	earlier(&due, k->tenure.trial);
	if (k->state == PASSING)
		earlier(&due, k->tenure.collect);
	earlier(&due, replace_due(k));
	earlier(&due, turn_due(k));
	earlier(&due, handler_due(k));
	earlier(&due, k->serving.await);
	if (k->heal.wanted)
		earlier(&due, k->heal.at ? k->heal.at : clock_now());
	earlier(&due, settle_due(k));
	return due;
}

/* told: by a signal. */
static void
round_run(struct keeper *k, struct polls *p, bool told)
{
	/* The owner's end first: what comes now must not be its any more. */
	if (p->at[0].revents || k->state == SETTLING || k->tenure.trial ||
	    k->tenure.unseen)
		settle_check(k);
	if (k->heal.wanted && clock_now() >= k->heal.at)
		heal_files(k);
	/* Its signal does not come through while others keep us busy. */
	if (told || k->handlers || k->raise.pid || k->closing.pid)
		handler_reap(k);
	for (size_t i = OWN; i < p->n; i++)
		event_take(k, p->client[i], p->at[i].revents);
	if (p->at[1].revents && k->state != VACANT)
		event_accept(k);
	event_expire(k);
	handler_expire(k);
	line_tell(k);
	/* Where somebody goes it may be another's turn. */
	do {
		event_sweep(k);
		lent_round(k);
		turn_serve(k);
		replace_press(k);
		promote_offer(k);
	} while (k->clients.gone);
	/* Cleaners of temporary files heed it.  One of them may have its own
	 * for now, and that must not hold us up. */
	if (!k->heal.marked && k->state != VACANT)
		k->heal.marked = flock(k->c->folder, LOCK_SH | LOCK_NB) == 0;
}

_Noreturn void
loop_run(struct keeper *k)
{
	struct polls p = { 0 };
	struct timespec ts;
	sigset_t told, none;
	long long due, left;
	int n;

	/* These come through in ppoll only: none is missed before it. */
	sigemptyset(&none);
	sigemptyset(&told);
	sigaddset(&told, SIGURG);
	sigaddset(&told, SIGCHLD);
	sigprocmask(SIG_BLOCK, &told, NULL);
	while (k->state != VACANT || k->handlers) {
		due = polls_fill(&p, k);
		left = due ? due - clock_now() : 0;
		if (left < 0)
			left = 0;
		ts.tv_sec = left / 1000;
		ts.tv_nsec = left % 1000 * 1000000;
		n = ppoll(p.at, p.n, due ? &ts : NULL, &none);
		if (n < 0) {
			for (size_t i = 0; i < p.n; i++)
				p.at[i].revents = 0;
			/* Told to look after our files. */
			k->heal.wanted |= errno == EINTR && k->state != VACANT;
			if (errno != EINTR) /* ENOMEM */
				clock_sleep(LOOK_MS * 1000L);
		}
		round_run(k, &p, n < 0);
	}
	_exit(0);
}
