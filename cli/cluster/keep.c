/*
 * keep.c: the holder: from the job's birth until its key is given back.
 *
 * It forks the job first, which has all that the caller gave us.  Then it takes
 * the key (take.c), and keeps it until the run or the lease ends.  All that the
 * job starts stays below this process: it hears of each end, and of the last.
 */
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/hold.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { TICK_MS = 20, LATER_MS = 250, SWEEP_MS = 5000, FAR_MS = 60000,
	SETTLE_MS = 100, YOUNG_MS = 100, START_MS = 5000, LOST_MS = 100,
	WISH_MS = 1000, COPY_MS = 200, GRACE_MS = 5000 };

/*
 * The job.
 */

/* Wait until the key is ours, and become COMMAND. */
static _Noreturn void
job_run(struct hold *h)
{
	char digits[24];
	struct fault f;
	struct word go;

	/* Each of the others has to see when one has exited. */
	close(h->go[1]);
	close(h->talk);
	close(h->dog.word);
	if (io_read(h->go[0], &go, sizeof(go)) != sizeof(go))
		_exit(EXIT_SYSTEM); /* the launch has given up, or exited */
	if (clock_boot() >= go.term) {
		fault_set(&f, EXIT_NOANSWER, h->app, LATE, NULL);
		say_fault(&f);
		_exit(f.code);
	}
	h->page->begun = true;
	unsetenv(ENV_TOKEN);
	unsetenv(ENV_STORED);
	if (go.token) {
		setenv(ENV_TOKEN, say_num(digits, go.token), 1);
		setenv(ENV_STORED, go.line, 1);
	}
	sigaction(SIGCHLD, &h->chld, NULL);
	sigaction(SIGPIPE, &h->pipe, NULL);
	sigprocmask(SIG_SETMASK, &h->mask, NULL);
	execvp(*h->command, h->command);
	fault_errno(&f, errno == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC, errno,
	    "cannot execute ", *h->command, NULL);
	say_fault(&f);
	_exit(f.code);
}

/* Whether a process was forked, and has executed nothing since: a copy of its parent
 * that keeps running, and no helper.  -1: it has exited, or that is not known. */
static int
copy_only(pid_t pid)
{
	struct proc p;

	/* Only root's copy can have become another user's. */
	if (look_proc(pid, &p) < 0)
		return errno == EACCES && geteuid() ? 0 : -1;
	return strchr("ZX", p.state) ? -1 : p.forked;
}

/* Look for copies of the job: children that were only forked.  1, 0; -1: not
 * known, one has just exited, say: look again. */
static int
copies_look(const struct hold *h)
{
	struct buf pids = { 0 };
	int found = sweep_children(getpid(), &pids), copy;
	pid_t pid;

	look_begin();
	for (size_t i = 0; found < 1 && i < pids.len / sizeof(pid); i++) {
		pid = ((pid_t *)(void *)pids.at)[i];
		copy = pid == h->dog.pid ? 0 : copy_only(pid);
		if (copy)
			found = copy;
	}
	look_end();
	buf_free(&pids);
	return found;
}

/* Whether a copy of the job keeps running.  A helper may be on its way to a
 * program of its own: it has COPY_MS. */
static bool
copies_live(struct hold *h)
{
	int found;

	if (h->o->lifetime == KEPT_MAIN || h->alone)
		return false;
	if (!h->settle)
		h->settle = clock_boot() + COPY_MS;
	found = copies_look(h);
	if (found && clock_boot() >= h->settle) {
		h->stays = true;
		launch_tell(h, WORD_STAYS, NULL);
	}
	return found != 0;
}

static void
children_reap(struct hold *h)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			/* If a process stopped it (SIGSTOP), that process has
			 * to continue it. */
			if (pid == h->job && WSTOPSIG(status) != SIGSTOP)
				word_send(h->talk, &(struct word){
				    .what = WORD_PAUSED }, NULL);
			continue;
		}
		sweep_forget(&h->sweep, pid);
		if (pid == h->job && !h->ended) {
			h->ended = true;
			h->status = status;
		}
	}
	h->alone = pid < 0 && errno == ECHILD;
}

/* Whether all that the job has started has exited, too: else there is a child of
 * ours, since orphans are given to us. */
static bool
rest_gone(const struct hold *h)
{
	struct buf pids = { 0 };
	bool gone;

	if (h->alone || !h->dog.pid || h->dog.pid == getppid())
		return h->alone;
	/* The watchdog is our child. */
	gone = sweep_children(getpid(), &pids) == 0;
	for (size_t i = 0; i < pids.len / sizeof(pid_t); i++)
		gone &= ((pid_t *)(void *)pids.at)[i] == h->dog.pid;
	buf_free(&pids);
	return gone;
}

/*
 * The key.
 */

/* Give the watchdog its deadlines, and write the launch's own one into the
 * page: the launch acts if holder and watchdog are both stopped or killed. */
static void
watch_tell(struct hold *h, int what)
{
	const long long term = lease_term(&h->lease);
	const long long kill = lease_kill(&h->lease);
	const struct word word = { .what = what };

	/* Our TERM comes first; the watchdog's at most halfway from there to
	 * KILL. */
	if (h->taken) {
		h->page->kill = what == WORD_OVER ? LLONG_MAX : kill;
		h->page->term = h->lost ? LLONG_MAX :
		    term + LATER_MS < (term + kill) / 2 ? term + LATER_MS :
		    (term + kill) / 2;
	}
	h->page->end = what == WORD_OVER || h->o->lost == LOST_WARN ? 0 :
	    (kill + h->lease.until) / 2;

	/* Replace at once a watchdog that was killed.  After OVER and KILL its
	 * end is expected. */
	if ((!h->dog.pid || (!word_send(h->dog.word, &word, NULL) &&
	    errno != EAGAIN) || owner_ended(h->dog.pidfd)) &&
	    what == WORD_WATCH) {
		io_close(&h->dog.word);
		io_close(&h->dog.pidfd);
		h->dog.pid = 0;
		watchdog_begin(h);
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
	if (h->lost || h->warned)
		return;
	launch_tell(h, WORD_LOST, why);
	h->metrics.held = false;
	h->metrics.counted[METRICS_LOSSES]++;
	metrics_tell(h);
}

/* KILL has to come so early that all have ended by then. */
static void
margin_set(struct hold *h)
{
	lease_margin(&h->lease, sweep_needs(&h->sweep));
	watch_tell(h, WORD_WATCH);
}

/* Ask the job to end.  A run that was asked does not count (--every). */
static void
job_ask(struct hold *h, int sig)
{
	h->page->asked = true;
	sweep_signal(&h->sweep, sig);
}

/* Send TERM: there is time left until KILL. */
static void
term_send(struct hold *h)
{
	lost_say(h, loss_cause(h));
	h->lost = true;
	watch_tell(h, WORD_WATCH);
	sweep_signal(&h->sweep, SIGTERM);
	margin_set(h);
}

/* The lease has ended (certain: the store says so, else only the clock). false:
 * the program was killed, leave the loop. */
static bool
lease_over(struct hold *h, const char *why, bool certain)
{
	/* TERM has been sent already. */
	switch (h->lost || h->left ? LOST_KILL : h->o->lost) {
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
			launch_tell(h, WORD_STOPPED, why);
			sweep_signal(&h->sweep, SIGSTOP);
		}
		h->stopped = true;
		return true;
	default:
		break;
	}
	lost_say(h, why);
	h->lost = true;
	h->survived = !sweep_kill(&h->sweep, clock_boot() + SWEEP_MS);
	return false;
}

/* The store still renews the lease, so the key was ours all the time. */
static void
lease_back(struct hold *h)
{
	if (h->stopped)
		sweep_signal(&h->sweep, SIGCONT);
	h->stopped = h->warned = false;
	launch_tell(h, WORD_BACK, NULL);
}

#define GONE "its lease on the cluster is gone: it was taken away, or has run" \
	" out"

/* A wish that another host has left: to end the job: "stop,NONCE", or
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
		h->due = clock_boot() + strtoll(ms, NULL, 10);
	job_ask(h, SIGTERM);
}

/* Whether what the watch reports is of use. */
static bool
is_watching(const struct hold *h)
{
	return h->settled && !h->lost && !h->warned;
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

	if (!is_watching(h))
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
	h->watch_due = h->watch.every ? clock_boot() + h->watch.every : 0;
	if (r == ENGINE_DOWN)
		h->watch.fd = -1;
	if (r == ENGINE_OK)
		wish_take(h);
	return r != ENGINE_LOST || lease_over(h, GONE, true);
}

/* This host is to be empty: hand the key over, as if another host had asked. */
static void
drain_step(struct hold *h)
{
	const long long now = clock_boot();
	const bool was = h->drained;
	struct fault said;
	long long ms;

	if (now < h->drain_look)
		return;
	h->drain_look = drained_next(h->o->ttl);
	h->drained = drained_is(&ms);
	if (h->drained && !was) {
		fault_set(&said, 0, h->app, ": " DRAINED "; the program is"
		    " ended", NULL);
		launch_tell(h, WORD_NOTE, said.line);
		job_ask(h, SIGTERM);
	}
	/* KILL, as the mark says now. */
	if (!h->drained || ms < 0)
		h->drain_due = 0;
	else if (!was || ms != h->drain_ms)
		h->drain_due = now + ms;
	h->drain_ms = h->drained ? ms : -1;
}

/* We may still have the place in line from which we took the key. */
static void
waiter_count(void *arg, const struct engine_found *found)
{
	struct hold *h = arg;
	struct record r;

	if (!found->line || strcmp(found->key, h->key))
		return;
	record_parse(found->value, &r);
	h->metrics.waiters += strcmp(r.nonce, h->mine.nonce) != 0;
}

/* The lease is as it was granted, or renewed. */
static void
metrics_renewed(struct hold *h)
{
	enum { COUNT_MS = 500, PARTS = 12 };
	struct fault ignored;

	if (!*h->metrics.path)
		return;
	h->metrics.held = true;
	h->metrics.waiting = false;
	h->metrics.renewed = clock_wall();
	h->metrics.waiters = 0;
	/* By a handle of its own: what that hears, the other must hear, too. */
	if (h->counter)
		h->calls->list(h->counter, h->key, true, clock_boot() +
		    engine_part(h->lease.ttl, PARTS, 0, COUNT_MS),
		    waiter_count, h, &ignored);
	metrics_tell(h);
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
			metrics_renewed(h);
		}
		return true;
	case ENGINE_LOST:
		l->next = clock_boot() + FAR_MS;
		return lease_over(h, GONE, true);
	default:
		h->metrics.counted[METRICS_FAILURES]++;
		if (!trouble) {
			metrics_tell(h);
			launch_tell(h, WORD_MORE, l->why.line);
			sweep_more(&h->sweep, 0);
			margin_set(h);
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
	if (h->page->acted && !h->lost)
		term_send(h);
	/* Anybody of this user can send CONT: stop it again. */
	if (h->stopped && h->sweep.cgroup.dir < 0)
		sweep_signal(&h->sweep, SIGSTOP);
	if (now >= lease_kill(&h->lease))
		return h->stopped || h->warned ||
		    lease_over(h, loss_cause(h), false);
	if (h->o->lost == LOST_TERM && !h->lost &&
	    now >= lease_term(&h->lease))
		term_send(h);
	return true;
}

/* Whether the launch is there.  If it was killed, its job goes, too, and the key
 * is renewed until all of it has gone. */
static void
launch_step(struct hold *h)
{
	if (h->talk < 0 || !launch_quits(h) || h->talk >= 0 || h->stays ||
	    h->lost || (h->ended && h->o->lifetime != KEPT_TREE))
		return;
	h->begun = h->left = true;
	h->stopped = h->warned = false;
	h->due = clock_boot() + (h->taken ? h->lease.grace : GRACE_MS);
	job_ask(h, SIGTERM);
}

/* Whether COMMAND has ended as was wished, and the rest has to. */
static bool
is_leaving(const struct hold *h)
{
	return (*h->wish || h->drained) && h->ended;
}

/* When KILL is due, the key being ours; 0: never. */
static long long
kill_due(const struct hold *h)
{
	long long due = h->due;

	clock_earlier(&due, h->drain_due);
	return due;
}

static bool
is_killing(const struct hold *h)
{
	return kill_due(h) && clock_boot() >= kill_due(h);
}

static bool
is_ending(const struct hold *h)
{
	return h->lost || h->left || is_killing(h) || is_leaving(h);
}

/* What has been started since TERM gets it, too; KILL, if that is due. */
static void
ending_step(struct hold *h)
{
	const long long now = clock_boot();

	if (!is_ending(h) || now < h->rest)
		return;
	sweep_more(&h->sweep, is_killing(h) ? SIGKILL : SIGTERM);
	h->rest = now + LOST_MS + 3 * h->sweep.took;
	/* There may be more of them than when TERM was sent. */
	if (h->lost && sweep_needs(&h->sweep) > h->lease.margin)
		margin_set(h);
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
	children_reap(h);
}

static bool
run_over(struct hold *h)
{
	if (!h->ended)
		return false;
	/* Another host has asked for its end: for all of it. */
	return h->lost || h->left || h->stays || is_leaving(h) ||
	    h->o->lifetime == KEPT_TREE ? rest_gone(h) : !copies_live(h);
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
	if (!h->taken)
		return clock_span(next - now);
	if (!is_stuck(h))
		clock_earlier(&next, l->next);
	if (!h->stopped && !h->warned)
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
		clock_earlier(&next, h->watch_due);
	if (dog_young(h))
		clock_earlier(&next, h->dog.born + YOUNG_MS);
	/* Look at a stopped job: it may continue. */
	if (h->stopped && h->sweep.cgroup.dir < 0)
		clock_earlier(&next, now + TICK_MS + 3 * h->sweep.took);
	return clock_span(next - now);
}

static void
anything_wait(struct hold *h)
{
	struct pollfd p[] = {
		{ h->talk, POLLIN, 0 },
		{ h->signals, POLLIN, 0 },
		{ dog_young(h) ? -1 : h->dog.pidfd, POLLIN, 0 },
		{ is_watching(h) ? h->watch.fd : -1, POLLIN, 0 },
	};

	io_poll(p, sizeof(p) / sizeof(*p), next_left(h));
	if (p[2].revents && !h->lost && h->taken)
		watch_tell(h, WORD_WATCH);
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

/* Whether a launch with --every does not repeat the run: it has succeeded, and
 * was not asked to end. */
static bool
run_counts(const struct hold *h)
{
	return h->o->every_ms && h->mine.exit == 0 && !h->lost &&
	    !h->page->asked;
}

/* For how many seconds the record is kept: for --hold, and for the last run that
 * counts, which may be an earlier one. */
static int
seconds_kept(const struct hold *h)
{
	const int left = period_left(&h->mine, h->mine.ended);

	return h->lost ? 0 : h->mine.hold > left ? h->mine.hold : left;
}

static void
key_release(struct hold *h)
{
	struct word w = { .what = WORD_RELEASED };
	long long until = clock_boot() + GIVE_MS;
	enum engine_result r;
	struct fault f = { 0 };

	h->mine.done = true;
	h->mine.ended = clock_wall();
	h->mine.since = h->mine.ended - (clock_boot() - h->began);
	h->mine.exit = h->ended && !h->stays ? proc_status(h->status) : -1;
	h->mine.hold = h->o->hold;
	if (run_counts(h)) {
		h->mine.counted = h->mine.since;
		h->mine.period = (int)((h->o->every_ms + 999) / 1000);
	}
	record_make(&h->mine, h->value);
	/* After that the lease has expired. */
	clock_earlier(&until, h->lease.until);
	/* If COMMAND has not begun, an earlier run still is the last one. */
	w.status = h->page->begun ? seconds_kept(h) :
	    period_left(&h->mine, h->mine.ended);
	point_reach("cluster-release");
	r = h->calls->release(h->engine, w.status, h->page->begun ? h->value :
	    w.status ? h->kept : NULL, until, &f);
	point_reach("cluster-released");
	word_send(h->talk, &w, r == ENGINE_OK || h->lost ? NULL :
	    r == ENGINE_LOST ? "its lease was gone" : f.line);
}

/* With the key, let the job begin, and stay until it has ended. */
static void
hold_keep(struct hold *h)
{
	bool on = true;

	h->began = clock_boot();
	h->drain_look = drained_next(h->o->ttl);
	if (h->taken)
		watch_tell(h, WORD_WATCH);
	point_reach("cluster-ready");
	word_send(h->talk, &(struct word){ .what = WORD_TAKEN,
	    .token = h->taken ? h->other.token : 0,
	    .term = h->taken ? lease_term(&h->lease) : LLONG_MAX },
	    h->calls->stored(h->engine));
	if (h->taken) {
		h->metrics.counted[METRICS_TAKEN]++;
		metrics_renewed(h);
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
		watch_tell(h, h->lost ? WORD_KILL : WORD_OVER);
	/* The next launch begins with what this one has written. */
	h->metrics.held = false;
	metrics_tell(h);
	/* What could not be ended must not meet the next one: the lease has to
	 * run out. */
	if (h->taken && !h->survived)
		key_release(h);
	else
		launch_tell(h, WORD_RELEASED, NULL);
}

/* Put the key's name and our record together.  ONLYONE_KEY has byte 0x1f between
 * the parts. */
static bool
names_make(struct hold *h, struct fault *f)
{
	const char **parts, *key = getenv(ENV_KEY);
	char *all = strdup(key ? key : ""), *at = all;
	size_t n = 0;

	/* There is at most one part more than characters. */
	parts = calloc(key ? strlen(key) + 1 : 1, sizeof(*parts));
	if (!parts || !all) {
		free(parts);
		free(all);
		fault_errno(f, EXIT_SYSTEM, ENOMEM, "the key", NULL);
		return false;
	}
	while (key && at)
		parts[n++] = strsep(&at, (char[]){ KEY_SEPARATOR, '\0' });
	name_key(h->key, h->mine.user, h->app, parts, n);
	record_label(&h->mine, h->app, parts, n);
	record_name(&h->mine, *h->command);
	record_place(&h->mine, h->slot);
	h->mine.pid = h->launch;
	free(parts);
	free(all);
	return true;
}

static void
key_explain(const struct hold *h, const char *url)
{
	struct fault said;

	fault_set(&said, 0, h->app, ": its key in the cluster is ",
	    h->calls->stored(h->engine), ", at ", url, NULL);
	launch_tell(h, WORD_NOTE, said.line);
}

/* Take the key.  false: the launch was told how to exit. */
static bool
key_take(struct hold *h)
{
	struct word w = { .what = WORD_EXIT, .status = -1 };
	struct fault f = { 0 }, ignored;
	const char *url = cluster_config_url(h->o->store, &f);

	if (url && record_ours(&h->mine, &f) && names_make(h, &f) &&
	    engine_open(&h->calls, &h->engine, url, h->key, &f)) {
		if (h->o->explain)
			key_explain(h, url);
		metrics_begin(&h->metrics, h->o->metrics, h->key, &h->mine,
		    h->calls->name);
		if (h->o->metrics && h->calls->open(&h->counter, url, h->key,
		    &ignored) != ENGINE_OK)
			h->counter = NULL;
		if (take_key(h, &w.status, &f))
			return true;
	}
	h->metrics.waiting = false;
	metrics_tell(h);
	/* Without a status there is a fault. */
	if (w.status < 0) {
		w.status = f.code;
		w.minor = f.minor;
		word_send(h->talk, &w, f.line);
	} else {
		word_send(h->talk, &w, NULL);
	}
	return false;
}

void
holder_run(struct hold *h)
{
	struct word w = { .what = WORD_BORN, .pid = getpid() };
	struct fault f;
	sigset_t all;

	h->sweep.root = w.pid;
	memset(h->sweep.ours, 0, sizeof(h->sweep.ours));
	sweep_ours(&h->sweep, w.pid);
	h->job = cgroup_fork(&h->sweep.cgroup);
	if (h->job == 0)
		job_run(h);
	w.job = h->job;
	sigfillset(&all);
	h->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->job < 0 || h->signals < 0) {
		fault_errno(&f, EXIT_SYSTEM, errno, "cannot start the program",
		    NULL);
		w = (struct word){ .what = WORD_EXIT, .status = f.code };
		word_send(h->talk, &w, f.line);
		_exit(0);
	}
	/* What the caller has opened is the job's. */
	io_keep(3, (int[]){ h->talk, h->signals, h->dog.word, h->dog.pidfd,
	    h->sweep.cgroup.above, h->sweep.cgroup.dir }, 6);
	background_be(h, "onlyone-keep");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	point_reach("cluster-born");
	word_send(h->talk, &w, NULL);
	if (key_take(h)) {
		hold_keep(h);
	} else {
		kill(h->job, SIGKILL);
		IO_RETRY(waitpid(h->job, NULL, 0));
	}
	watch_tell(h, WORD_OVER);
	if (h->calls) {
		h->calls->close(h->counter);
		h->calls->close(h->engine);
	}
	cgroup_remove(&h->sweep.cgroup);
	_exit(0);
}
