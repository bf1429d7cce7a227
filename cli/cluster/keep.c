/*
 * keep.c: the holder: the key is kept while the program runs.
 *
 * One loop handles all events; the watchdog beside it depends on nothing here.
 * Deadlines are checked before the store is asked: once TERM or KILL has been
 * sent, no answer counts.  Signals are blocked, so that none kills this process
 * at a log-out or when a service stops: the key has to be kept until the
 * program has exited.
 */
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/cluster/hold.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { TICK_MS = 20, LATER_MS = 250, SWEEP_MS = 5000, FAR_MS = 60000,
	SETTLE_MS = 100, YOUNG_MS = 100, START_MS = 5000, STATUS_MS = 1000,
	REST_MS = 1000, LOST_MS = 100, WISH_MS = 1000 };

/*
 * Our lease: when to renew it, and when to act on its end.
 */

enum { MARGIN_MS = 200, RETRY_MS = 100, LEAST_MS = 250, LATE_MS = 3000 };

void
lease_begin(struct lease *l, const struct engine_grant *g, long long grace)
{
	l->ttl = g->ttl;
	l->until = g->until;
	l->grace = grace >= 0 && grace <= l->ttl / 2 ? grace :
	    l->ttl / LEASE_PARTS;
	l->next = l->until - l->ttl + l->ttl / LEASE_PARTS;
	l->trouble = l->refused = false;
}

/* When KILL is due (clock_boot). */
static long long
lease_kill(const struct lease *l)
{
	return l->until - (l->ttl / 10 < MARGIN_MS ? l->ttl / 10 : MARGIN_MS);
}

long long
lease_term(const struct lease *l)
{
	long long kill = lease_kill(l), term = l->until - l->grace;

	return term < kill ? term : kill;
}

/* Renew if that is due; return by `other` (clock_boot), when other work is due.
 * OK: the lease holds (until may be later); LOST; DOWN: this renewal failed. */
static enum engine_result
lease_renew(struct lease *l, long long other)
{
	long long now = clock_boot(), end, until;
	enum engine_result r;

	if (now < l->next)
		return ENGINE_OK;
	/* A member that does not respond must not take all the time that is
	 * left.  Once the lease is over (stop, warn), it gets more. */
	end = now + (now >= lease_kill(l) ? LATE_MS : l->ttl / 6 > LEAST_MS ?
	    l->ttl / 6 : LEAST_MS);
	if (end > other)
		end = other;
	point_reach("lease-renew");
	r = l->calls->renew(l->engine, end, &until, &l->why);
	point_reach("lease-renewed");
	if (r == ENGINE_OK) {
		/* A later answer never shortens what was granted. */
		if (until > l->until)
			l->until = until;
		l->next = now + l->ttl / LEASE_PARTS;
		l->trouble = l->refused = false;
		return r;
	}
	if (r == ENGINE_LOST)
		return r;
	l->trouble = true;
	l->refused = r != ENGINE_DOWN;
	l->next = clock_boot() + RETRY_MS;
	return ENGINE_DOWN;
}

enum engine_result
lease_use(struct lease *l, long long other)
{
	enum engine_result r = lease_renew(l, other);

	if (r == ENGINE_OK && clock_boot() < lease_term(l))
		return r;
	if (r != ENGINE_DOWN)
		fault_set(&l->why, 0, l->calls->name, " answers so late that"
		    " the lease is over", NULL);
	return ENGINE_DOWN;
}

/* Give the watchdog its deadlines, and write the parent's own one into the
 * page: the parent acts if holder and watchdog are both stopped or killed. */
static void
watch_tell(struct hold *h, int what)
{
	const long long term = lease_term(&h->lease);
	const long long kill = lease_kill(&h->lease);
	struct word word = { .what = what, .term = term + LATER_MS,
		.kill = kill };

	/* Our TERM comes first; the watchdog's at most halfway from there to
	 * KILL. */
	if (word.term > (term + kill) / 2)
		word.term = (term + kill) / 2;
	if (h->lost)
		word.term = LLONG_MAX;
	h->page->end = what == WORD_OVER || h->o->lost == LOST_WARN ? 0 :
	    (kill + h->lease.until) / 2;

	/* Replace at once a watchdog that was killed.  After OVER and KILL its
	 * end is expected. */
	if ((!h->dog.pid || (!word_send(h->dog.word, &word, NULL) &&
	    errno != EAGAIN) || owner_ended(h->dog.pidfd)) &&
	    what == WORD_WATCH) {
		watchdog_end(&h->dog);
		watchdog_begin(&h->dog, &h->sweep, h->o->lost, &word, h->talk);
	}
}

/* Leave a new watchdog alone for YOUNG_MS: if something kills each one at once,
 * replacing them would take all our time. */
static bool
dog_young(const struct hold *h)
{
	return clock_boot() < h->dog.born + YOUNG_MS;
}

/* A parent that is stopped on the way to its program must not keep the key from
 * other hosts: let its lease run out. */
static bool
is_stuck(struct hold *h)
{
	if (h->begun || clock_boot() <= h->began + START_MS)
		return false;
	h->begun = !copy_only(h->sweep.owner);
	return !h->begun;
}

/* Why the key was lost. */
static const char *
loss_cause(struct hold *h)
{
	return is_stuck(h) ? "onlyone-cluster was stopped for too long" :
	    h->lease.refused ? h->lease.why.line :
	    "the cluster could not be reached in time";
}

/* Tell the parent. */
static void
parent_tell(const struct hold *h, int what, const char *line)
{
	word_send(h->talk, &(struct word){ .what = what, .pid = getpid() },
	    line);
}

static void
lost_say(struct hold *h, const char *why)
{
	if (!h->lost && !h->warned)
		parent_tell(h, WORD_LOST, why);
}

/* Send TERM: there is time left until KILL. */
static void
term_send(struct hold *h)
{
	lost_say(h, loss_cause(h));
	h->lost = true;
	watch_tell(h, WORD_WATCH);
	sweep_signal(&h->sweep, SIGTERM);
}

/* Send KILL: no time is left. */
static void
kill_send(struct hold *h, const char *why)
{
	lost_say(h, why);
	h->lost = true;
	sweep_kill(&h->sweep, clock_boot() + SWEEP_MS);
}

/* The lease has ended (certain: the store says so, else only the clock). false:
 * the program was killed, leave the loop. */
static bool
lease_over(struct hold *h, const char *why, bool certain)
{
	/* Lost already: TERM has been sent. */
	switch (h->lost ? LOST_KILL : h->o->lost) {
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
			parent_tell(h, WORD_STOPPED, why);
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
	if (h->stopped)
		sweep_signal(&h->sweep, SIGCONT);
	h->stopped = h->warned = false;
	parent_tell(h, WORD_BACK, NULL);
}

#define GONE "its lease on the cluster is gone: it was taken away, or has run" \
	" out"

/* A wish that another host has left: to end the program: "stop,NONCE", or
 * "stop,NONCE MS", and KILL follows.  It is here as long as our record is. */
static void
wish_take(struct hold *h)
{
	char text[ENGINE_VALUE], *ms;
	long long until = clock_boot() + WISH_MS;
	enum engine_result r;
	struct fault f;

	clock_earlier(&until, h->lease.next);
	r = h->calls->wished(h->engine, until, text, &f);
	/* A new watch, after the next renewal, has us look again. */
	if (r == ENGINE_DOWN)
		h->watch.fd = -1;
	if (r != ENGINE_OK || !strcmp(text, h->wish) ||
	    strncmp(text, "stop", 4))
		return;
	strcpy(h->wish, text);
	ms = strchr(text, ' ');
	if (ms)
		h->wish_kill = clock_boot() + strtoll(ms, NULL, 10);
	sweep_signal(&h->sweep, SIGTERM);
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
	enum { WATCH_MS = 1000 };
	const struct lease *l = &h->lease;
	long long until = clock_boot() + WATCH_MS;
	enum engine_result r = ENGINE_BUSY;
	struct fault f;

	if (h->lost || h->warned || !h->settled)
		return true;
	if (h->watch.fd < 0 && !l->trouble && h->watch_tried != l->until) {
		/* Once for each renewal, and not so long that one is late. */
		h->watch_tried = l->until;
		clock_earlier(&until, l->next);
		if (h->calls->watch(h->engine, until, &h->watch, &f) !=
		    ENGINE_OK)
			h->watch.fd = -1;
	}
	if (h->watch.fd >= 0)
		r = h->calls->heard(h->engine, &h->watch, &f);
	if (h->watch.every)
		h->watch_due = clock_boot() + h->watch.every;
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

	if (h->lost || is_stuck(h))
		return true;
	if (other <= now)
		other = h->stopped || h->warned ? LLONG_MAX : lease_kill(l);
	switch (lease_renew(l, other)) {
	case ENGINE_OK:
		if (l->until > was && clock_boot() < lease_kill(l)) {
			watch_tell(h, WORD_WATCH);
			if (h->stopped || h->warned)
				lease_back(h);
		}
		return true;
	case ENGINE_LOST:
		l->next = clock_boot() + FAR_MS;
		return lease_over(h, GONE, true);
	default:
		if (!trouble)
			parent_tell(h, WORD_NOTE, l->why.line);
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
		    lease_over(h, loss_cause(h), false);
	if (h->o->lost == LOST_TERM && !h->lost &&
	    now >= lease_term(&h->lease))
		term_send(h);
	return true;
}

/* The program has exited: find what still runs of it. */
static void
ended_take(struct hold *h, const struct word *w)
{
	h->ended = true;
	h->status = w->status;
	for (int i = 0; i < COPIES && w->copies[i]; i++) {
		h->copies[i] = owner_pidfd(w->copies[i]);
		h->stays |= h->copies[i] >= 0 || errno != ESRCH;
		sweep_add(&h->sweep, w->copies[i]);
	}
	if (h->stays)
		parent_tell(h, WORD_STAYS, NULL);
}

static void
parent_step(struct hold *h)
{
	struct word w;
	int got = 1;

	while (h->talk >= 0 && (got = word_hear(h->talk, &w, 0)) > 0) {
		if (w.what == WORD_ENDED)
			ended_take(h, &w);
	}
	if (got >= 0)
		return;
	io_close(&h->talk);
	if (h->ended || h->lost)
		return;
	/* It was killed: its program goes, too. */
	h->begun = h->lost = true;
	h->stopped = h->warned = false;
	watch_tell(h, WORD_WATCH);
	sweep_signal(&h->sweep, SIGTERM);
}

/* Whether a copy of the program lives. */
static bool
copies_live(struct hold *h)
{
	bool live = false;

	for (int i = 0; i < COPIES; i++) {
		if (h->copies[i] >= 0 && owner_ended(h->copies[i]))
			io_close(&h->copies[i]);
		live |= h->copies[i] >= 0;
	}
	return live;
}

/* A daemon that keeps running without its parent gets the signals from us. */
static void
signals_step(struct hold *h)
{
	struct signalfd_siginfo si;

	while (read(h->signals, &si, sizeof(si)) == sizeof(si)) {
		if (h->stays && (si.ssi_signo == SIGTERM ||
		    si.ssi_signo == SIGINT || si.ssi_signo == SIGHUP))
			sweep_signal(&h->sweep, (int)si.ssi_signo);
	}
}

static void
wish_step(struct hold *h)
{
	if (h->wish_kill && clock_boot() >= h->wish_kill) {
		h->wish_kill = 0;
		sweep_signal(&h->sweep, SIGKILL);
	}
}

/* Look, again and again, whether all that the program has started has
 * exited. */
static bool
rest_gone(struct hold *h)
{
	if (clock_boot() < h->rest)
		return false;
	h->rest = clock_boot() + (h->lost ? LOST_MS : REST_MS);
	return sweep_more(&h->sweep, h->lost ? SIGTERM : 0) == 0;
}

/* Whether the run is over.  The parent says what still runs.  A stopped parent
 * says nothing; if it was killed, or the key is lost, everything must be
 * gone. */
static bool
run_over(struct hold *h)
{
	if (!owner_ended(h->sweep.pidfd) || copies_live(h))
		return false;
	if (!h->ended && !h->lost) {
		if (!h->gone)
			h->gone = clock_boot();
		if (h->o->lifetime == KEPT_TREE ||
		    clock_boot() < h->gone + STATUS_MS)
			return false;
	}
	return h->ended && !h->stays && !h->lost ? true : rest_gone(h);
}

static int
next_left(struct hold *h)
{
	const struct lease *l = &h->lease;
	long long now = clock_boot(), next = now + FAR_MS, due;

	if (h->lost)
		return TICK_MS;
	if (!is_stuck(h))
		clock_earlier(&next, l->next);
	if (!h->stopped && !h->warned)
		clock_earlier(&next, lease_kill(l));
	due = lease_term(l);
	if (h->o->lost == LOST_TERM)
		clock_earlier(&next, due);
	if (!h->settled)
		clock_earlier(&next, h->began + SETTLE_MS);
	if (!h->begun)
		clock_earlier(&next, h->began + START_MS);
	if (h->gone && !h->ended && !h->rest &&
	    h->o->lifetime != KEPT_TREE)
		clock_earlier(&next, h->gone + STATUS_MS);
	clock_earlier(&next, h->rest);
	clock_earlier(&next, h->wish_kill);
	clock_earlier(&next, h->watch_due);
	if (dog_young(h))
		clock_earlier(&next, h->dog.born + YOUNG_MS);
	/* Look at a stopped program: it may continue. */
	if (h->stopped)
		clock_earlier(&next, now + TICK_MS);
	return clock_span(next - now);
}

static void
anything_wait(struct hold *h)
{
	struct pollfd p[5 + COPIES] = {
		{ h->talk, POLLIN, 0 },
		{ owner_ended(h->sweep.pidfd) ? -1 : h->sweep.pidfd, POLLIN,
		    0 },
		{ dog_young(h) ? -1 : h->dog.pidfd, POLLIN, 0 },
		{ h->signals, POLLIN, 0 },
		{ h->watch.fd, h->watch.events, 0 },
	};

	for (int i = 0; i < COPIES; i++)
		p[5 + i] = (struct pollfd){ h->copies[i], POLLIN, 0 };
	io_poll(p, 5 + COPIES, next_left(h));
	if (p[2].revents && !h->lost)
		watch_tell(h, WORD_WATCH);
	/* Those in line wait for the end of a brief run: a connection that it
	 * hardly needs must not hold it up. */
	h->settled |= clock_boot() >= h->began + SETTLE_MS;
}

/* Become the holder: of no session but its own, without the environment mark,
 * and deaf to signals but KILL and STOP. */
static void
holder_be(struct hold *h)
{
	int none;

	prctl(PR_SET_NAME, "onlyone-keep");
	setsid();
	memset(h->mark - sizeof(ENV_SLOT), 0, strlen(h->mark) +
	    sizeof(ENV_SLOT));
	none = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2; fd++)
		dup2(none, fd);
	close(none);
	if (chdir("/") < 0)
		_exit(EXIT_SYSTEM);
	for (int i = 0; i < COPIES; i++)
		h->copies[i] = -1;
	h->began = clock_boot();
}

/*
 * The run has ended: its key is given back, or held back.
 */

enum { GIVE_MS = 4000 };

static void
key_release(struct hold *h)
{
	long long until = clock_boot() + GIVE_MS;
	enum engine_result r;
	struct fault f = { 0 };

	h->mine.done = true;
	h->mine.ended = clock_wall();
	h->mine.exit = h->ended && !h->stays ? proc_status(h->status) : -1;
	record_make(&h->mine, h->value);
	/* After that the lease has expired. */
	clock_earlier(&until, h->lease.until);
	point_reach("cluster-release");
	/* If the key was lost, the program did not end as it should: hold
	 * nothing back. */
	r = h->calls->release(h->engine, h->lost ? 0 : h->o->hold, h->value,
	    until, &f);
	point_reach("cluster-released");
	parent_tell(h, WORD_RELEASED, r == ENGINE_OK || h->lost ? NULL :
	    r == ENGINE_LOST ? "its lease was gone" : f.line);
}

void
hold_keep(struct hold *h)
{
	struct fault f;
	bool on = true;

	holder_be(h);
	watch_tell(h, WORD_WATCH);
	if (h->dog.pid) {
		parent_tell(h, WORD_READY, NULL);
	} else {
		fault_errno(&f, 0, errno, "its watchdog cannot be started",
		    NULL);
		parent_tell(h, WORD_FAILED, f.line);
		on = false;
	}
	point_reach("cluster-ready");
	while (on) {
		anything_wait(h);
		signals_step(h);
		parent_step(h);
		wish_step(h);
		on = deadlines_step(h);
		if (on && run_over(h))
			break;
		on = on && lease_step(h) && key_step(h);
	}
	watch_tell(h, h->lost ? WORD_KILL : WORD_OVER);
	key_release(h);
	watchdog_end(&h->dog);
}
