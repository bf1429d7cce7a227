/*
 * watchdog.c: a process that ends the job when the lease ends.
 *
 * The holder may hang in a library, be stopped or killed.  The watchdog has no
 * connection to the store, only deadlines that the holder sends, and acts on
 * them whatever happens to the holder.  If that has exited, nothing renews the
 * lease: the job gets TERM at once, and KILL --grace later, even with
 * LOST_STOP; with LOST_WARN we only report that, and exit.
 *
 * The first watchdog is the holder's parent.  One that the holder starts in its
 * place is its child.  How the holder does that is here, too, below.
 */
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/cluster/hold.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { SWEEP_MS = 10000, LATER_MS = 250, YOUNG_MS = 100 };

struct dog {
	struct hold *h;    /* a copy of the holder's, or of the launch's */
	pid_t holder;
	pid_t above;       /* whose children the job's orphans are if the
	                    * holder is gone, and its pidfd */
	int above_fd;
	int word;
	long long at;      /* page->kill, as we know it */
	long long kill;    /* when KILL is due, the time that it takes included */
	long long measure; /* when to look how long that is */
	bool termed, stopped, orphan;
};

static _Noreturn void
kill_send(struct dog *d)
{
	d->h->page->acted = true;
	sweep_kill(&d->h->sweep, clock_boot() + SWEEP_MS);
	cgroup_remove(&d->h->sweep.cgroup);
	_exit(0);
}

/* The lease was renewed after all, just after we had stopped the job. */
static void
cont_send(struct dog *d)
{
	d->stopped = false;
	sweep_signal(&d->h->sweep, SIGCONT);
	launch_tell(d->h, WORD_BACK, NULL);
}

/* From TERM on, look how long it may take to end all of the job, which may grow:
 * KILL comes so much earlier. */
static void
kill_measure(struct dog *d)
{
	enum { MOST_MS = 2000, PAUSE_MS = 50 };
	const long long term = d->h->page->term, now = clock_boot();
	long long needs, pause;

	if (now < d->measure)
		return;
	sweep_more(&d->h->sweep, 0);
	needs = sweep_needs(&d->h->sweep);
	clock_earlier(&d->kill, d->at - (needs < MOST_MS ? needs : MOST_MS));
	if (!d->termed && d->kill < term)
		d->kill = term;
	/* Again when half of the time is left, and again; this is not to take
	 * the time that the job needs to end by itself. */
	pause = (d->kill - now) / 2;
	if (pause < PAUSE_MS + 3 * d->h->sweep.took)
		pause = PAUSE_MS + 3 * d->h->sweep.took;
	d->measure = now + pause;
}

/* KILL, or STOP, if its time has come. */
static void
deadline_act(struct dog *d)
{
	const char *why = d->orphan ? "onlyone-cluster has ended" :
	    "the cluster could not be reached in time";

	kill_measure(d);
	/* Not if the lease was renewed meanwhile. */
	if (clock_boot() < d->kill || (!d->orphan && d->at != d->h->page->kill))
		return;
	if (d->h->o->lost == LOST_STOP && !d->orphan) {
		/* Anybody of this user can send CONT: stop it again. */
		if (!d->stopped)
			launch_tell(d->h, WORD_STOPPED, why);
		d->stopped = true;
		sweep_signal(&d->h->sweep, SIGSTOP);
		return;
	}
	if (!d->termed)
		launch_tell(d->h, WORD_LOST, why);
	kill_send(d);
}

/* TERM, if its time has come. */
static void
term_act(struct dog *d)
{
	if (d->termed || (!d->orphan && (d->h->o->lost != LOST_TERM ||
	    clock_boot() < d->h->page->term)))
		return;
	d->termed = d->h->page->acted = true;
	launch_tell(d->h, WORD_LOST, d->orphan ? "onlyone-cluster has ended" :
	    "the cluster could not be reached");
	sweep_signal(&d->h->sweep, SIGTERM);
}

/* Take the deadlines over, if they are new. */
static void
deadlines_take(struct dog *d)
{
	d->termed |= d->h->page->term == LLONG_MAX;
	if (d->at == d->h->page->kill || d->orphan)
		return;
	d->at = d->kill = d->h->page->kill;
	d->measure = d->termed ? clock_boot() : d->h->page->term;
}

/* The holder, which renews the lease, is gone.  KILL follows TERM as it would
 * otherwise, and not only when the lease ends. */
static void
orphan_be(struct dog *d)
{
	io_close(&d->word);
	deadlines_take(d);
	d->orphan = true;
	d->h->sweep.root = owner_lives(d->above_fd) ? d->above : 0;
	/* Without a key the job goes on. */
	if (d->at == LLONG_MAX)
		_exit(0);
	if (d->h->o->lost == LOST_WARN) {
		launch_tell(d->h, WORD_LOST, "onlyone-cluster has ended");
		_exit(0);
	}
	if (!d->termed)
		clock_earlier(&d->kill, clock_boot() + d->at -
		    d->h->page->term);
	d->measure = clock_boot();
}

/* Read all messages that have arrived. */
static void
words_take(struct dog *d)
{
	struct word w;
	int got = 0;

	while (d->word >= 0 && (got = word_hear(d->word, &w)) > 0) {
		if (w.what == WORD_OVER)
			_exit(0);
		if (w.what == WORD_KILL)
			kill_send(d);
	}
	deadlines_take(d);
	if (got < 0)
		orphan_be(d);
	else if (d->stopped && clock_boot() < d->kill)
		cont_send(d);
}

/* The ms until something is due; -1: nothing is.  poll(2)'s timeout stops while
 * the machine is suspended, and our deadlines do not: so it is never long. */
static int
next_left(const struct dog *d)
{
	enum { LONG_MS = 1000, SOON_MS = 50 };
	long long now = clock_boot(), next = now + LONG_MS;

	/* The holder says when it has the key. */
	if (d->at == LLONG_MAX && !d->orphan)
		return -1;
	if (d->orphan || d->stopped)
		next = now + SOON_MS;
	if (d->h->o->lost != LOST_WARN && (!d->stopped || d->orphan))
		clock_earlier(&next, d->kill);
	if (d->h->o->lost != LOST_WARN)
		clock_earlier(&next, d->measure);
	return clock_span(next - now);
}

/* We are a subreaper. */
static void
children_reap(struct dog *d)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0) {
		sweep_forget(&d->h->sweep, pid);
		if (pid == d->holder && !d->orphan)
			orphan_be(d);
	}
}

static _Noreturn void
dog_run(struct dog *d)
{
	enum { LOOK_MS = 1000 };

	for (;;) {
		io_wait(d->word, POLLIN, next_left(d));
		words_take(d);
		children_reap(d);
		if (d->h->o->lost == LOST_WARN)
			continue;
		term_act(d);
		deadline_act(d);
		/* An orphan goes when all have.  That look takes time, and the
		 * deadline does not wait. */
		if (d->orphan && clock_boot() + LOOK_MS < d->kill &&
		    sweep_gone(&d->h->sweep, SIGTERM)) {
			cgroup_remove(&d->h->sweep.cgroup);
			_exit(0);
		}
	}
}

void
background_be(struct hold *h, const char *name)
{
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_NAME, name);
	setsid();
	memset(h->mark - sizeof(ENV_SLOT), 0, strlen(h->mark) +
	    sizeof(ENV_SLOT));
	for (int fd = 0; fd <= 2; fd++)
		dup2(none, fd);
	io_close(&none);
	if (chdir("/") < 0)
		_exit(EXIT_SYSTEM);
}

/* Be the watchdog d.  The job is below this root. */
static _Noreturn void
dog_be(struct dog *d, pid_t root)
{
	struct sweep *s = &d->h->sweep;

	background_be(d->h, "onlyone-watch");
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	d->at = d->kill = d->h->page->kill;
	d->measure = d->h->page->term;
	s->known = (struct buf){ 0 };
	s->root = root;
	memset(s->ours, 0, sizeof(s->ours));
	sweep_ours(s, getpid());
	sweep_ours(s, d->holder);
	io_keep(3, (int[]){ d->word, d->h->talk, d->above_fd, s->cgroup.above,
	    s->cgroup.dir }, 5);
	point_reach("watchdog-born");
	dog_run(d);
}

void
watchdog_be(struct hold *h, pid_t holder, int word)
{
	struct dog d = { .h = h, .holder = holder, .above = getpid(),
		.above_fd = owner_pidfd(getpid()), .word = word };

	dog_be(&d, d.above);
}

/*
 * In the holder.
 */

/* Start another watchdog.  false: errno. */
static bool
watchdog_begin(struct hold *h)
{
	struct dog d = { .h = h, .holder = getpid(), .above = h->launch };
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	pid = fork();
	if (pid == 0) {
		close(ends[0]);
		d.word = ends[1];
		/* If it has exited, or has children of others, too, what the
		 * job leaves is not found there. */
		d.above_fd = h->talk >= 0 && h->gathers ?
		    owner_pidfd(h->launch) : -1;
		if (d.above_fd < 0)
			d.above = 0;
		dog_be(&d, d.holder);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return false;
	}
	h->dog = (struct watchdog){ .pid = pid, .pidfd = owner_pidfd(pid),
		.word = ends[0], .born = clock_boot() };
	sweep_ours(&h->sweep, pid);
	word_send(h->talk, &(struct word){ .what = WORD_DOG, .pid = pid },
	    NULL);
	return true;
}

void
dog_tell(struct hold *h, int what)
{
	const long long term = lease_term(&h->lease);
	const long long kill = lease_kill(&h->lease);
	const struct word word = { .what = what };

	/* Our TERM comes first; the watchdog's at most halfway from there to
	 * KILL. */
	if (h->taken) {
		h->page->kill = what == WORD_OVER ? LLONG_MAX : kill;
		h->page->term = h->state == KEY_LOST ? LLONG_MAX :
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

long long
dog_alone(const struct hold *h)
{
	return h->dog.born + YOUNG_MS;
}

void
dog_margin(struct hold *h)
{
	lease_margin(&h->lease, sweep_needs(&h->sweep));
	dog_tell(h, WORD_WATCH);
}
