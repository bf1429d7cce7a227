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
#include "cli/keeper/state.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum {
	OWN = 2,
	LOOK_MS = 20,
	RESUME_MS = 1000 /* for what is on its way already */
};

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

/* The oldest first: while there is no room for one that sends, nobody after it
 * gets any. */
static short
client_events(struct keeper *k, struct client *cl)
{
	bool was = cl->paused;

	cl->paused = cl->stage == READING && client_large(cl) &&
	    (k->crowded || !client_fits(k, cl));
	if (cl->paused && !k->crowded)
		k->crowded = io_wait(cl->fd, POLLIN, 0) > 0;
	if (was && !cl->paused)
		cl->deadline = clock_now() + RESUME_MS;
	/* That it went away is told all the same. */
	return cl->paused || cl->stage == ANSWERED ? 0 : POLLIN;
}

/* What to wait for, and until when (0: for ever). */
static long long
polls_fill(struct polls *p, struct keeper *k)
{
	bool full = k->nclients >= client_most(k);
	long long due = 0;

	if (k->rest && k->rest <= clock_now())
		k->rest = 0;
	polls_room(p, OWN + k->nclients);
	p->at[0] = (struct pollfd){ k->state == OWNED ? k->c->pidfd :
		k->state == HELD ? k->guard : -1, POLLIN, 0 };
	p->at[1] = (struct pollfd){ full || k->rest ? -1 : k->c->listen,
		POLLIN, 0 };
	p->n = OWN;
	k->crowded = false;
	for (struct client *cl = k->clients; cl; cl = cl->next) {
		p->client[p->n] = cl;
		p->at[p->n++] = (struct pollfd){ cl->fd,
			client_events(k, cl), 0 };
		earlier(&due, cl->deadline);
		earlier(&due, cl->grace);
	}
	if (k->crowded)
		earlier(&due, clock_now() + LOOK_MS);
	earlier(&due, k->rest);
	earlier(&due, k->trial);
	earlier(&due, queue_due(k));
	earlier(&due, k->handler.give_up);
	earlier(&due, k->listen_by);
	earlier(&due, raise_due(k));
	if (k->heal)
		earlier(&due, k->heal_at ? k->heal_at : clock_now());
	earlier(&due, tenure_due(k));
	return due;
}

/* told: by a signal. */
static void
round_run(struct keeper *k, struct polls *p, bool told)
{
	/* The owner's end first: what comes now must not be its any more. */
	if (p->at[0].revents || k->state == SETTLING || k->trial)
		tenure_check(k);
	if (k->heal && clock_now() >= k->heal_at)
		heal_files(k);
	/* Its signal does not come through while others keep us busy. */
	if (told || k->handler.pid || k->raise.pid || k->closing.pid)
		handler_reap(k);
	for (size_t i = OWN; i < p->n; i++) {
		if (p->at[i].revents && p->client[i]->stage != GONE)
			client_event(k, p->client[i], p->at[i].revents);
	}
	if (p->at[1].revents && k->state != VACANT)
		client_accept(k);
	client_expire(k);
	raise_expire(k);
	if (k->handler.give_up && k->handler.give_up <= clock_now())
		handler_leave(k);
	turn_serve(k);
	queue_press(k);
	queue_pass(k);
	client_sweep(k);
	/* Cleaners of temporary files heed it.  One of them may have its own
	 * for now, and that must not hold us up. */
	if (!k->marked && k->state != VACANT)
		k->marked = flock(k->c->folder, LOCK_SH | LOCK_NB) == 0;
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
	while (k->state != VACANT || k->handler.pid) {
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
			k->heal |= errno == EINTR && k->state != VACANT;
			if (errno != EINTR) /* ENOMEM */
				clock_sleep(LOOK_MS * 1000L);
		}
		round_run(k, &p, n < 0);
	}
	_exit(0);
}
