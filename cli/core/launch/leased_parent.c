/*
 * leased_parent.c: a launch as the parent of a program whose cluster key
 * onlyone-cluster keeps.
 *
 * It shows what onlyone-cluster says, and ends with 76 if the key was lost.  If
 * both onlyone-cluster and its watchdog are killed or stopped, only this
 * process can still end the program before the lease runs out.
 */
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include "cli/base/clock.h"
#include "cli/cluster/talk.h"
#include "cli/base/io.h"
#include "cli/core/launch/leased.h"
#include "cli/base/say.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/sweep.h"
#include "cli/core/wire/ask.h"
#include "preload/contract.h"

enum { OVER_MS = 6000, LOST_MS = 2000, SWEEP_MS = 5000, ASK_MS = 500,
	SETTLE_US = 10000, AGAIN_MS = 500 };

int
leased_fd(const struct launch *l)
{
	return l->lease.owner ? l->lease.fd : -1;
}

/* Signal every process of the instance: SIGKILL until none is left, any other
 * signal once. */
static void
all_signal(struct launch *l, int sig)
{
	struct sweep s = { .folder = l->place.folder, .pidfd = -1,
		.owner = l->lease.ended ? 0 : l->lease.owner,
		.launch = getpid(), .since = l->meeting.claim.info.since };

	/* We have not reaped the owner: its pid cannot have been reused. */
	if (s.owner)
		s.pidfd = owner_pidfd(s.owner);
	s.known = (struct buf){ 0 };
	if (sig == SIGKILL)
		sweep_kill(&s, clock_boot() + SWEEP_MS);
	else
		sweep_signal(&s, sig);
	io_close(&s.pidfd);
	sweep_forget(&s);
}

/* Note that the key is lost, or may be, each time that it gets worse. */
static void
lost_be(struct launch *l, const char *why, enum lease_state state)
{
	static const char *const then[] = {
		[LEASE_WARNED] = "; it goes on, and another host may start it"
		    " too",
		[LEASE_STOPPED] = "; the program is stopped",
		[LEASE_LOST] = "; the program is ended"
	};

	if (l->o->cluster.lost == LOST_WARN)
		state = LEASE_WARNED;
	if (l->lease.state >= state)
		return;
	l->lease.state = state;
	say_note(l->place.slot.app, ": ", why, then[state], NULL);
}

/* The key is safe again: note that, once, if we said it might be lost. */
static void
back_be(struct launch *l)
{
	bool stopped = l->lease.state == LEASE_STOPPED;

	if (!stopped && l->lease.state != LEASE_WARNED)
		return;
	l->lease.state = LEASE_HELD;
	say_note(l->place.slot.app, ": the cluster is there again, and the key"
	    " is still held", stopped ? "; the program goes on" : NULL, NULL);
}

/* onlyone-cluster has died: nothing else renews the lease now, or goes on to
 * end the program, even if it had begun that. */
static void
alone_end(struct launch *l)
{
	io_close(&l->lease.fd);
	lost_be(l, "onlyone-cluster has been killed", LEASE_LOST);
	if (l->lease.state == LEASE_LOST)
		all_signal(l, SIGKILL);
}

/* The lease is about to end, and onlyone-cluster and its watchdog have not
 * acted, so both are stopped: stop or kill the program, once. */
static void
deadline_act(struct launch *l, long long end)
{
	bool stops = l->o->cluster.lost == LOST_STOP;

	if (l->lease.watch.acted == end)
		return;
	l->lease.watch.acted = end;
	lost_be(l, "onlyone-cluster makes no progress", stops ? LEASE_STOPPED :
	    LEASE_LOST);
	all_signal(l, stops ? SIGSTOP : SIGKILL);
}

/* onlyone-cluster goes on and has renewed the lease in time.  It does not know
 * that we stopped the program: continue it. */
static void
renewed_act(struct launch *l)
{
	l->lease.watch.acted = 0;
	if (l->o->cluster.lost != LOST_STOP)
		return;
	all_signal(l, SIGCONT);
	back_be(l);
}

static void
deadline_look(struct launch *l)
{
	struct lease_watch *w = &l->lease.watch;
	long long end = w->page->end, next;
	struct itimerspec at = { .it_value.tv_nsec = 0 };

	if (w->acted && w->acted != end)
		renewed_act(l);
	if (end && clock_boot() >= end)
		deadline_act(l, end);
	next = w->acted ? clock_boot() + AGAIN_MS : end;
	at.it_value.tv_sec = next / 1000;
	at.it_value.tv_nsec = next % 1000 * 1000000;
	if (w->timed)
		timer_settime(w->timer, TIMER_ABSTIME, &at, NULL);
}

static void
word_take(struct launch *l, const struct frame *m)
{
	const char *line = fields_get(&m->body, "line");

	switch ((int)m->type) {
	case TALK_LOST:
	case TALK_STOPPED:
		lost_be(l, line ? line : "its key is lost", (int)m->type ==
		    TALK_STOPPED ? LEASE_STOPPED : LEASE_LOST);
		break;
	case TALK_BACK:
		back_be(l);
		break;
	case TALK_NOTE:
		say_more(l->place.slot.app, ": ", line, NULL);
		break;
	case TALK_RELEASED:
		l->lease.released = true;
		if (line)
			say_more(l->place.slot.app, ": its key was not"
			    " released: ", line, "; it runs out by itself",
			    NULL);
		break;
	default:
		break;
	}
}

/* Receive and handle one message, waiting ms.  false: none came. */
static bool
word_hear(struct launch *l, int ms)
{
	struct frame m;

	buf_shift(&l->lease.in, l->lease.taken);
	l->lease.taken = 0;
	switch (sock_recv(l->lease.fd, &l->lease.in, &m, ms)) {
	case SOCK_OK:
		l->lease.taken = m.size;
		word_take(l, &m);
		return true;
	case SOCK_SLOW:
		return false;
	default:
		if (l->lease.released)
			io_close(&l->lease.fd);
		else
			alone_end(l);
		return false;
	}
}

void
leased_heard(void *arg)
{
	struct launch *l = arg;

	while (l->lease.fd >= 0 && word_hear(l, 0))
		;
	if (l->lease.fd >= 0)
		deadline_look(l);
}

void
leased_watch(struct launch *l)
{
	/* A real-time signal: it is queued, never merged with a pending one. */
	struct sigevent e = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGRTMAX };

	if (leased_fd(l) < 0)
		return;
	/* Without a timer onlyone-cluster and its watchdog still watch. */
	l->lease.watch.timed = timer_create(CLOCK_BOOTTIME, &e,
	    &l->lease.watch.timer) == 0;
	leased_heard(l);
}

bool
leased_lost(void *arg)
{
	struct launch *l = arg;

	leased_heard(l);
	return l->lease.state >= LEASE_STOPPED;
}

void
leased_status(struct launch *l, int status)
{
	char digits[24];

	l->lease.ended = true;
	talk_send(leased_fd(l), TALK_STATUS, "status", say_num(digits, status),
	    NULL, NULL);
}

bool
leased_goes_on(struct launch *l)
{
	const char *state = NULL;
	struct frame reply;
	struct buf b = { 0 };

	if (leased_fd(l) < 0)
		return false;
	/* Wait while the keeper looks for a successor: that is brief. */
	while (ask_state(l->place.folder, l->place.slot.hash, ASK_MS, &b,
	    &reply) == SOCK_OK && (state = fields_get(&reply.body, "state")) &&
	    !strcmp(state, "settling")) {
		clock_sleep(SETTLE_US);
		b.len = 0;
		state = NULL;
	}
	buf_free(&b);
	return state;
}

int
leased_over(struct launch *l, int status)
{
	/* A lost key need not be given back, but what is left of the instance
	 * has to be ended. */
	long long until = clock_now() + (l->lease.state >= LEASE_STOPPED ?
	    LOST_MS : OVER_MS);
	int left;

	while (leased_fd(l) >= 0 && !l->lease.released &&
	    (left = clock_left(until)) > 0)
		word_hear(l, left);
	if (leased_fd(l) >= 0)
		io_close(&l->lease.fd);
	return l->lease.state >= LEASE_STOPPED ? EXIT_LOST : status;
}
