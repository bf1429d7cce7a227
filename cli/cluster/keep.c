/*
 * keep.c: the program runs, and its key is kept.
 *
 * One loop handles all events; the watchdog beside it depends on nothing here.
 * Deadlines are checked before the store is asked: once TERM or KILL has been
 * sent, no answer counts any more.
 */
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/proc.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/letters.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/core/slot/owner.h"

enum { TICK_MS = 20, LATER_MS = 250, SWEEP_MS = 5000, FAR_MS = 60000,
	SETTLE_MS = 100, DESCRIBE_MS = 1000, YOUNG_MS = 100, START_MS = 5000 };

/* Give the watchdog its deadlines, and write the launch's own one into the
 * page: the launch acts if holder and watchdog are both stopped or killed. */
static void
watch_tell(struct hold *h, int what)
{
	const long long term = lease_term(&h->lease);
	const long long kill = lease_kill(&h->lease);
	struct watchdog_word word = { .term = term + LATER_MS,
		.kill = kill + lease_look(h->lease.look, h->lease.ttl),
		.ttl = h->lease.ttl, .since = h->alive.since, .what = what };

	/* Our TERM comes first; the watchdog's at most halfway from there to
	 * KILL. */
	if (word.term > (term + kill) / 2)
		word.term = (term + kill) / 2;
	h->sweep.since = h->alive.since;
	h->page->end = what == WATCH_OVER || h->wish.lost == LOST_WARN ? 0 :
	    (kill + h->lease.until) / 2;

	/* Replace at once a watchdog that was killed.  After OVER and KILL its
	 * end is expected. */
	if ((!watchdog_tell(&h->dog, &word) || owner_ended(h->dog.pidfd)) &&
	    what != WATCH_OVER && what != WATCH_KILL) {
		watchdog_end(&h->dog);
		watchdog_begin(&h->dog, &h->sweep, h->wish.lost, &word,
		    h->launch);
	}
}

/* Leave a new watchdog alone for YOUNG_MS: if something kills each one at once,
 * replacing them would take all our time. */
static bool
dog_young(const struct hold *h)
{
	return clock_boot() < h->dog.born + YOUNG_MS;
}

/* A launch that is stopped on the way to its program must not keep the key from
 * other hosts: let its lease run out.  A launch that has ended has started the
 * program, or never will. */
static bool
is_stuck(const struct hold *h)
{
	return h->launch >= 0 && !h->alive.since &&
	    clock_boot() > h->began + START_MS;
}

/* Why the key was lost. */
static const char *
cause(const struct hold *h)
{
	return is_stuck(h) ? "its launch was stopped for too long" :
	    h->lease.refused ? h->lease.why.line :
	    "the cluster could not be reached in time";
}

static void
lost_say(struct hold *h, const char *why)
{
	if (!h->lost && !h->warned)
		talk_line(h->launch, TALK_LOST, why);
}

/* Send TERM: there is time left until KILL. */
static void
term_send(struct hold *h)
{
	sweep_now(&h->sweep, SIGTERM);
	lost_say(h, cause(h));
	h->lost = true;
	watch_tell(h, WATCH_TERMED);
	sweep_scout(&h->sweep, SIGTERM);
}

/* Send KILL: no time is left. */
static void
kill_send(struct hold *h, const char *why)
{
	lost_say(h, why);
	h->lost = true;
	sweep_kill(&h->sweep, clock_boot() + SWEEP_MS);
}

/* The lease has ended; certain: the store says so, else only the clock.  false:
 * the program was killed, end the loop. */
static bool
lease_over(struct hold *h, const char *why, bool certain)
{
	switch (h->wish.lost) {
	case LOST_WARN:
		lost_say(h, why);
		h->warned = true;
		return true;
	case LOST_STOP:
		/* Certain: the lease cannot come back.  Stuck: no program has
		 * started that a STOP could spare. */
		if (certain || is_stuck(h))
			break;
		if (!h->stopped) {
			talk_line(h->launch, TALK_STOPPED, why);
			sweep_signal(&h->sweep, SIGSTOP);
		}
		h->stopped = true;
		return true;
	default:
		break;
	}
	kill_send(h, why);
	return false;
}

/* The store still renews the lease, so the key was ours all the time. */
static void
lease_back(struct hold *h)
{
	if (h->stopped) {
		sweep_now(&h->sweep, SIGCONT);
		sweep_scout(&h->sweep, SIGCONT);
	}
	h->stopped = h->warned = false;
	talk_line(h->launch, TALK_BACK, NULL);
}

#define GONE "its lease on the cluster is gone: it was taken away, or has run" \
	" out"

/*
 * Hear at once that our record is gone.  A leader of etcd that was slow, and is
 * none any more, may end leases that we have renewed since: the next renewal
 * would tell, but another host does not wait for that.  false: end the loop.
 */
static bool
key_step(struct hold *h)
{
	enum { WATCH_MS = 1000 };
	const struct lease *l = &h->lease;
	long long until = clock_boot() + WATCH_MS;
	enum engine_result r = ENGINE_BUSY;
	struct fault f;

	if (!h->calls->revokes || h->lost || h->warned || !h->settled)
		return true;
	if (h->watch.fd < 0 && !l->trouble && h->watch_tried != l->until) {
		/* Once for each renewal, and not so long that one is late. */
		h->watch_tried = l->until;
		if (h->calls->watch(h->engine, TOPIC_KEY, until < l->next ?
		    until : l->next, &h->watch, &f) != ENGINE_OK)
			h->watch.fd = -1;
	}
	if (h->watch.fd >= 0)
		r = h->calls->heard(h->engine, &h->watch, &f);
	if (r == ENGINE_DOWN)
		h->watch.fd = -1;
	return r != ENGINE_LOST || lease_over(h, GONE, true);
}

/* Renew, if that is due.  false: end the loop. */
static bool
lease_step(struct hold *h)
{
	struct lease *l = &h->lease;
	bool trouble = l->trouble;
	long long now = clock_boot(), other = lease_term(l), was = l->until;

	if (h->lost || is_stuck(h))
		return true;
	if (other <= now)
		other = h->stopped || h->warned ? LLONG_MAX : lease_kill(l);
	switch (lease_renew(l, other)) {
	case ENGINE_OK:
		if (l->until > was && clock_boot() < lease_kill(l)) {
			watch_tell(h, WATCH_ON);
			if (h->stopped || h->warned)
				lease_back(h);
			else if (trouble)
				sweep_forget(&h->sweep);
		}
		if (l->until > was)
			metrics_write(h, true);
		return true;
	case ENGINE_LOST:
		l->next = clock_boot() + FAR_MS;
		return lease_over(h, GONE, true);
	default:
		h->metrics.failed++;
		if (!trouble) {
			talk_line(h->launch, TALK_NOTE, l->why.line);
			metrics_write(h, true);
		}
		return true;
	}
}

/* Act if a deadline has come.  false: end the loop. */
static bool
deadlines_step(struct hold *h)
{
	long long now = clock_boot();

	/* Anybody of this user can send CONT: stop it again. */
	if (h->stopped)
		sweep_now(&h->sweep, SIGSTOP);
	if (now >= lease_kill(&h->lease))
		return h->stopped || h->warned ||
		    lease_over(h, cause(h), false);
	if (h->wish.lost == LOST_TERM && !h->lost &&
	    now >= lease_term(&h->lease))
		term_send(h);
	return true;
}

static void
launch_step(struct hold *h)
{
	struct frame m;

	while (h->launch >= 0 && (h->in.len ||
	    io_wait(h->launch, POLLIN, 0) > 0)) {
		if (hold_hear(h, &m, 1000, NULL) <= 0)
			return;
		if ((int)m.type == TALK_SINCE) {
			h->alive.since = fields_num(&m.body, "since", 0);
		} else if ((int)m.type == TALK_STATUS) {
			h->status = (int)fields_num(&m.body, "status", 0);
			h->status_known = true;
		}
		hold_shift(h, &m);
	}
}

static int
next_left(struct hold *h)
{
	const struct lease *l = &h->lease;
	long long now = clock_boot(), next = alive_due(&h->alive), due;

	/* Know what the instance has started when the deadline comes. */
	due = (l->trouble || h->lost) && !h->stopped && !h->warned ?
	    sweep_fresh(&h->sweep) : LLONG_MAX;
	if (h->lost)
		return TICK_MS;
	if (due < next)
		next = due;
	if (l->next < next && !is_stuck(h))
		next = l->next;
	due = lease_kill(l);
	if (due < next && !h->stopped && !h->warned)
		next = due;
	due = lease_term(l);
	if (due < next && h->wish.lost == LOST_TERM)
		next = due;
	clock_earlier(&next, letters_due(h));
	if (!h->settled)
		clock_earlier(&next, h->began + SETTLE_MS);
	if (letters_busy() && next > now + TICK_MS)
		next = now + TICK_MS;
	if (dog_young(h) && next > h->dog.born + YOUNG_MS)
		next = h->dog.born + YOUNG_MS;
	return clock_span(next - now);
}

/* Those in line wait for the end of a brief instance: it is not held up by
 * connections that it hardly needs. */
static void
settle_step(struct hold *h)
{
	if (h->settled || clock_boot() < h->began + SETTLE_MS)
		return;
	h->settled = true;
	letters_begin(h);
}

static void
anything_wait(struct hold *h)
{
	struct pollfd p[7] = {
		{ h->launch, POLLIN, 0 },
		{ h->alive.keeper >= 0 || owner_ended(h->sweep.pidfd) ? -1 :
		    h->sweep.pidfd, POLLIN, 0 },
		{ h->alive.keeper, POLLIN, 0 },
		{ dog_young(h) ? -1 : h->dog.pidfd, POLLIN, 0 },
		{ letters_fd(h), POLLIN, 0 },
		{ -1, POLLIN, 0 },
		{ h->watch.fd, h->watch.events, 0 },
	};
	int left = next_left(h);

	p[5].fd = sweep_scout_fd(&h->sweep);
	if (!h->in.len)
		io_poll(p, 7, left);
	if (sweep_heard(&h->sweep)) {
		h->lease.look = h->sweep.scout.took;
		watch_tell(h, h->lost ? WATCH_TERMED : WATCH_ON);
	}
	if (p[3].revents && !h->lost)
		watch_tell(h, WATCH_ON);
	letters_look(h, p[4].revents);
}

/* The instance has ended: whether we can stop here.  If its key was lost, only
 * when all that the instance has started is gone, too. */
static bool
rest_gone(struct hold *h)
{
	if (!h->sweep.before)
		h->sweep.before = clock_boot();
	if (!h->lost || (h->sweep.scout.done >= h->sweep.before &&
	    h->sweep.scout.left <= 0))
		return true;
	if (sweep_scout_fd(&h->sweep) < 0)
		sweep_scout(&h->sweep, SIGTERM);
	return false;
}

void
hold_keep(struct hold *h)
{
	struct fault f;
	long long until;
	bool on;

	h->began = clock_boot();
	watch_tell(h, WATCH_ON);
	if (!h->dog.pid) {
		fault_errno(&f, 0, errno, "its watchdog cannot be started",
		    NULL);
		hold_failed(h, ENGINE_DOWN, &f);
		on = false;
	} else {
		on = talk_send(h->launch, TALK_READY, NULL, NULL);
	}
	point("cluster-ready");
	/* The record gets the owner's pid, which acquire did not know. */
	until = clock_boot() + DESCRIBE_MS;
	if (until > lease_term(&h->lease))
		until = lease_term(&h->lease);
	if (on && record_make(&h->mine, h->value))
		h->calls->describe(h->engine, h->value, until, &f);
	if (on)
		metrics_begin(h);
	while (on) {
		anything_wait(h);
		settle_step(h);
		launch_step(h);
		on = deadlines_step(h);
		if (on && !alive_look(&h->alive) && rest_gone(h))
			break;
		on = on && lease_step(h) && key_step(h);
	}
	watch_tell(h, h->lost ? WATCH_KILL : WATCH_OVER);
	alive_end(&h->alive);
	hold_release(h);
	watchdog_end(&h->dog);
}

/*
 * The instance has ended: its key is given back, or held back.
 */

enum { STATUS_MS = 300, GIVE_MS = 4000, LATE_MS = 1000 };

/* The launch knows how its program ended, but may tell it a moment later. */
static void
status_await(struct hold *h)
{
	long long until = clock_boot() + STATUS_MS;
	struct frame m;
	int left;

	while (!h->status_known && (left = clock_boot_left(until)) &&
	    hold_hear(h, &m, left, NULL) > 0) {
		if ((int)m.type == TALK_STATUS) {
			h->status = (int)fields_num(&m.body, "status", 0);
			h->status_known = true;
		}
		hold_shift(h, &m);
	}
}

/* Make the record that others read while the key is held back. */
static void
done_make(struct hold *h)
{
	h->mine.done = true;
	h->mine.ended = clock_wall();
	h->mine.exit = h->status_known ? proc_status(h->status) : -1;
	record_make(&h->mine, h->value);
}

void
hold_release(struct hold *h)
{
	long long until = clock_boot() + GIVE_MS;
	enum engine_result r;
	struct fault f = { 0 };

	status_await(h);
	done_make(h);
	metrics_write(h, false); /* before another launch here writes it */
	/* After that the lease has ended by itself. */
	if (until > h->lease.until)
		until = h->lease.until;
	/* Use half of the time for letters: the rest is for the key itself. */
	letters_answer(h, clock_boot_half(until));
	point("cluster-release");
	/* If the key was lost, the program did not end as it should: hold
	 * nothing back. */
	r = h->calls->release(h->engine, h->lost ? 0 : h->wish.hold, h->value,
	    until, &f);
	point("cluster-released");
	talk_line(h->launch, TALK_RELEASED, r == ENGINE_OK || h->lost ? NULL :
	    r == ENGINE_LOST ? "its lease was gone" : f.line);
	/* Answer letters that were sent while the key was still there, and
	 * those for which there was no time above. */
	if (!h->settled)
		letters_begin(h);
	letters_answer(h, clock_boot() + LATE_MS);
	letters_end(h);
}
