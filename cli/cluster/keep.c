/*
 * keep.c: in the holder: keep the key for the job, from its begin until the run or
 * the lease ends, and give it back.
 */
#include <sys/signalfd.h>

#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/hold.h"

enum { TICK_MS = 20, LATER_MS = 250, SWEEP_MS = 5000, FAR_MS = 60000,
	SETTLE_MS = 100, START_MS = 5000 };

/* A launch that is stopped on the way to its program must not keep the key from
 * other hosts: let its lease run out. */
static bool
is_stuck(struct hold *h)
{
	int copy;

	if (h->begun || h->ended || clock_boot() <= h->began + START_MS)
		return false;
	copy = copy_only(h->job);
	h->begun = copy == 0;
	return copy > 0;
}

/* Why the key was lost. */
static const char *
loss_cause(struct hold *h)
{
	return is_stuck(h) ? "onlyone-cluster was stopped for too long" :
	    h->lease.refused ? h->lease.why.line :
	    "the cluster could not be reached in time";
}

static void
lost_say(struct hold *h, const char *why)
{
	if (h->state == KEY_LOST || h->state == KEY_WARNED)
		return;
	launch_tell(h, WORD_LOST, why);
	h->page->metrics.held = false;
	h->page->metrics.counted[METRICS_LOSSES]++;
	figures_tell(h);
}

/* Send TERM: there is time left until KILL. */
static void
term_send(struct hold *h)
{
	lost_say(h, loss_cause(h));
	h->state = KEY_LOST;
	dog_tell(h, WORD_WATCH);
	sweep_signal(&h->sweep, SIGTERM);
	dog_margin(h);
}

/* The lease has ended (certain: the store says so, else only the clock). false:
 * the program was killed, leave the loop. */
static bool
lease_over(struct hold *h, const char *why, bool certain)
{
	/* TERM has been sent already. */
	switch (h->state >= KEY_LEFT ? LOST_KILL : h->o->lost) {
	case LOST_WARN:
		lost_say(h, why);
		h->state = KEY_WARNED;
		return true;
	case LOST_STOP:
		/* Certain: the lease cannot come back.  Stuck: no program has
		 * started that a STOP could spare. */
		if (certain || is_stuck(h))
			break;
		if (h->state != KEY_STOPPED) {
			launch_tell(h, WORD_STOPPED, why);
			sweep_signal(&h->sweep, SIGSTOP);
		}
		h->state = KEY_STOPPED;
		return true;
	default:
		break;
	}
	lost_say(h, why);
	h->state = KEY_LOST;
	h->survived = !sweep_kill(&h->sweep, clock_boot() + SWEEP_MS);
	return false;
}

/* The store still renews the lease, so the key was ours all the time. */
static void
lease_back(struct hold *h)
{
	if (h->state == KEY_STOPPED)
		sweep_signal(&h->sweep, SIGCONT);
	h->state = KEY_HELD;
	launch_tell(h, WORD_BACK, NULL);
}

#define GONE "its lease on the cluster is gone: it was taken away, or has run" \
	" out"

/* Whether the lease has ended, and the job was not ended for that. */
static bool
is_overdue(const struct hold *h)
{
	return h->state == KEY_WARNED || h->state == KEY_STOPPED;
}

/* Whether what the watch reports is of use. */
static bool
is_watching(const struct hold *h)
{
	return h->settled && h->state != KEY_LOST &&
	    h->state != KEY_WARNED;
}

/*
 * Hear at once of a wish, and that our record is gone.  A leader of etcd that
 * was slow, and was deposed, may end leases that we have renewed since: the
 * next renewal would show it, but another host does not wait for that. false:
 * leave the loop.
 */
static bool
key_step(struct hold *h)
{
	enum { WATCH_MS = 1000, AGAIN_MS = 5000 };
	const struct lease *l = &h->lease;
	const long long now = clock_boot();
	long long until = now + WATCH_MS;
	enum engine_result r = ENGINE_BUSY;
	struct fault f;

	if (!is_watching(h))
		return true;
	if (h->watch.fd < 0 && !l->trouble && now >= h->watch_again) {
		/* After each renewal, and not so long that one is late. */
		h->watch_again = now + AGAIN_MS;
		if (l->next > now)
			clock_earlier(&h->watch_again, l->next);
		clock_earlier(&until, l->next);
		if (h->calls->watch(h->engine, until, &h->watch, &f) !=
		    ENGINE_OK)
			h->watch.fd = -1;
	}
	if (h->watch.fd >= 0)
		r = h->calls->heard(h->engine, &h->watch, &f);
	h->watch_due = h->watch.every ? clock_boot() + h->watch.every : 0;
	if (r == ENGINE_DOWN)
		h->watch.fd = -1;
	if (r == ENGINE_OK)
		wish_take(h);
	return r != ENGINE_LOST || lease_over(h, GONE, true);
}

/* Renew, if that is due.  false: end the loop. */
static bool
lease_step(struct hold *h)
{
	struct lease *l = &h->lease;
	bool trouble = l->trouble;
	long long now = clock_boot(), other = lease_term(l), was = l->until;

	if (h->state == KEY_LOST || is_stuck(h))
		return true;
	if (other <= now)
		other = is_overdue(h) ? LLONG_MAX : lease_kill(l);
	switch (lease_renew(l, other)) {
	case ENGINE_OK:
		if (l->until > was && clock_boot() < lease_kill(l)) {
			dog_tell(h, WORD_WATCH);
			if (is_overdue(h))
				lease_back(h);
			figures_renewed(h);
		}
		return true;
	case ENGINE_LOST:
		l->next = clock_boot() + FAR_MS;
		return lease_over(h, GONE, true);
	default:
		h->page->metrics.counted[METRICS_FAILURES]++;
		if (!trouble) {
			figures_tell(h);
			launch_tell(h, WORD_MORE, l->why.line);
			sweep_more(&h->sweep, 0);
			dog_margin(h);
		}
		return true;
	}
}

/* Act if a deadline has come.  false: end the loop. */
static bool
deadlines_step(struct hold *h)
{
	long long now = clock_boot();

	/* The watchdog, or the launch, has begun to end it while we were
	 * stopped. */
	if (h->page->acted && h->state != KEY_LOST)
		term_send(h);
	/* Anybody of this user can send CONT: stop it again. */
	if (h->state == KEY_STOPPED && h->sweep.cgroup.dir < 0)
		sweep_signal(&h->sweep, SIGSTOP);
	if (now >= lease_kill(&h->lease))
		return is_overdue(h) || lease_over(h, loss_cause(h), false);
	if (h->o->lost == LOST_TERM && h->state != KEY_LOST &&
	    now >= lease_term(&h->lease))
		term_send(h);
	return true;
}

/* Children have exited; and a daemon that keeps running without the launch gets
 * its signals from us. */
static void
signals_step(struct hold *h)
{
	struct signalfd_siginfo si;

	while (read(h->signals, &si, sizeof(si)) == sizeof(si)) {
		if (!h->stays || (si.ssi_signo != SIGTERM &&
		    si.ssi_signo != SIGINT && si.ssi_signo != SIGHUP))
			continue;
		job_ask(h, (int)si.ssi_signo);
	}
	job_reap(h);
}

/* Whether a launch with --every does not repeat the run: it has succeeded, and
 * was not asked to end. */
static bool
run_counts(const struct hold *h)
{
	return h->o->every_ms && h->ended && !h->stays && !h->status &&
	    h->state != KEY_LOST && !h->page->asked;
}

/* COMMAND has exited.  Whether all that somebody has asked before is known, if that
 * matters: a signal to its group comes to COMMAND and to the launch. */
static bool
is_heard(struct hold *h)
{
	enum { HEAR_MS = 5000 };

	if (h->heard || h->talk < 0 || (h->alone && !run_counts(h)))
		return true;
	if (!h->hear) {
		h->hear = clock_boot() + HEAR_MS;
		launch_tell(h, WORD_LEFT, NULL);
	}
	return clock_boot() >= h->hear;
}

static bool
run_over(struct hold *h)
{
	if (!h->ended)
		return false;
	if (h->state >= KEY_LEFT)
		return job_gone(h);
	if (!is_heard(h))
		return false;
	/* COMMAND was ended: all of it has to. */
	return h->stays || is_leaving(h) || h->o->lifetime == KEPT_TREE ?
	    job_gone(h) : !copies_live(h);
}

static int
next_left(struct hold *h)
{
	const struct lease *l = &h->lease;
	long long now = clock_boot(), next = now + FAR_MS, due;

	if (is_ending(h) || (h->settle && !h->stays))
		return TICK_MS;
	clock_earlier(&next, kill_due(h));
	clock_earlier(&next, h->drain_look);
	if (h->hear > now)
		clock_earlier(&next, h->hear);
	if (!h->taken)
		return clock_span(next - now);
	if (!is_stuck(h))
		clock_earlier(&next, l->next);
	if (!is_overdue(h))
		clock_earlier(&next, lease_kill(l));
	due = lease_term(l);
	if (h->o->lost == LOST_TERM)
		clock_earlier(&next, due);
	if (!h->settled)
		clock_earlier(&next, h->began + SETTLE_MS);
	if (!h->begun && !h->ended)
		clock_earlier(&next, now <= h->began + START_MS ?
		    h->began + START_MS + 1 : now + LATER_MS);
	if (is_watching(h))
		clock_earlier(&next, h->watch.fd >= 0 ? h->watch_due :
		    l->trouble ? 0 : h->watch_again);
	if (now < dog_alone(h))
		clock_earlier(&next, dog_alone(h));
	/* Look at a stopped job: it may continue. */
	if (h->state == KEY_STOPPED && h->sweep.cgroup.dir < 0)
		clock_earlier(&next, now + TICK_MS + 3 * h->sweep.took);
	return clock_span(next - now);
}

static void
anything_wait(struct hold *h)
{
	struct pollfd p[] = {
		{ h->talk, POLLIN, 0 },
		{ h->signals, POLLIN, 0 },
		{ clock_boot() < dog_alone(h) ? -1 : h->dog.pidfd, POLLIN, 0 },
		{ is_watching(h) ? h->watch.fd : -1, POLLIN, 0 },
	};

	io_poll(p, sizeof(p) / sizeof(*p), next_left(h));
	if (p[2].revents && h->state != KEY_LOST && h->taken)
		dog_tell(h, WORD_WATCH);
	else if (p[2].revents)
		io_close(&h->dog.pidfd);
	/* Those in line wait for the end of a brief run: a connection that it
	 * hardly needs must not hold it up. */
	h->settled |= clock_boot() >= h->began + SETTLE_MS;
}

/*
 * The run has ended: its key is given back, or held back.
 */

enum { GIVE_MS = 4000 };

static void
key_release(struct hold *h)
{
	struct word w = { .what = WORD_RELEASED };
	long long until = clock_boot() + GIVE_MS;
	const bool ran = h->page->begun;
	int hold = ran && h->state != KEY_LOST ? h->o->hold : 0, counts = 0;
	enum engine_result r;
	struct fault f = { 0 };

	h->mine.done = true;
	h->mine.ended = clock_wall();
	h->mine.since = h->mine.ended - (clock_boot() - h->began);
	h->mine.exit = h->ended && !h->stays ? proc_status(h->status) : -1;
	if (ran && run_counts(h))
		counts = (int)((h->o->every_ms + 999) / 1000);
	record_make(&h->mine, h->value);
	/* After that the lease has expired. */
	clock_earlier(&until, h->lease.until);
	w.status = hold > counts ? hold : counts;
	point_reach("cluster-release");
	r = h->calls->release(h->engine, hold, counts, ran ? h->value : NULL,
	    until, &f);
	point_reach("cluster-released");
	word_send(h->talk, &w, r == ENGINE_OK || h->state == KEY_LOST ?
	    NULL : r == ENGINE_LOST ? "its lease was gone" : f.line);
}

void
keep_key(struct hold *h)
{
	bool on = true;

	h->began = clock_boot();
	h->drain_look = drained_next(h->o->ttl);
	if (h->taken)
		dog_tell(h, WORD_WATCH);
	point_reach("cluster-ready");
	word_send(h->talk, &(struct word){ .what = WORD_TAKEN,
	    .token = h->taken ? h->lease.token : 0,
	    .term = h->taken ? lease_term(&h->lease) : LLONG_MAX },
	    h->calls->stored(h->engine));
	if (h->taken) {
		h->page->metrics.counted[METRICS_TAKEN]++;
		figures_renewed(h);
	}
	do {
		anything_wait(h);
		signals_step(h);
		launch_step(h);
		drain_step(h);
		ending_step(h);
		if (h->taken)
			on = deadlines_step(h);
		if (on && run_over(h))
			break;
		if (on && h->taken)
			on = lease_step(h) && key_step(h);
	} while (on);
	if (h->ended && !h->stays)
		launch_tell(h, WORD_ENDED, NULL);
	if (h->taken)
		dog_tell(h, h->state == KEY_LOST ? WORD_KILL : WORD_OVER);
	/* The next launch begins with what this one has written. */
	h->page->metrics.held = false;
	h->page->metrics.waiters = 0;
	figures_tell(h);
	/* What could not be ended must not meet the next one: the lease has to
	 * run out. */
	if (h->taken && !h->survived)
		key_release(h);
	else
		launch_tell(h, WORD_RELEASED, NULL);
}
