/*
 * watchdog.c: a process that kills the program when the lease ends (hold.h).
 *
 * It has no connection to the store, only deadlines that the holder sends, and
 * acts on them whatever happens to the holder.  When the holder exits (its end
 * of the socket closes), the watchdog is an orphan: the instance and all that
 * it has started get TERM at once, and KILL by the deadline, even with
 * LOST_STOP; with LOST_WARN we only report that, and exit.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/core/slot/owner.h"

enum { SWEEP_MS = 10000, END_MS = 1000 };

struct dog {
	struct sweep sweep;
	enum lost how;
	struct word at; /* the last deadlines */
	int word, parent;
	bool termed, stopped, orphan;
};

static void
parent_tell(const struct dog *d, int what, const char *line)
{
	word_send(d->parent, &(struct word){ .what = what }, line);
}

static void
term_send(struct dog *d, const char *why)
{
	if (d->termed)
		return;
	d->termed = true;
	parent_tell(d, WORD_LOST, why);
	sweep_signal(&d->sweep, SIGTERM);
}

static void
kill_send(struct dog *d)
{
	sweep_kill(&d->sweep, clock_boot() + SWEEP_MS);
}

/* The lease was renewed after all, just after we had stopped the program. */
static void
cont_send(struct dog *d)
{
	d->stopped = false;
	sweep_signal(&d->sweep, SIGCONT);
	parent_tell(d, WORD_BACK, NULL);
}

/* KILL, or STOP, if its time has come. */
static void
deadline_act(struct dog *d)
{
	const char *why = d->orphan ? "onlyone-cluster has ended" :
	    "the cluster could not be reached in time";

	if (clock_boot() < d->at.kill)
		return;
	if (d->how == LOST_STOP && !d->orphan) {
		/* Anybody of this user can send CONT: stop it again. */
		sweep_now(&d->sweep, SIGSTOP);
		if (d->stopped)
			return;
		d->stopped = true;
		parent_tell(d, WORD_STOPPED, why);
		sweep_signal(&d->sweep, SIGSTOP);
		return;
	}
	if (!d->termed)
		parent_tell(d, WORD_LOST, why);
	kill_send(d);
	_exit(0);
}

static void
term_act(struct dog *d)
{
	if (d->termed || (!d->orphan && (d->how != LOST_TERM ||
	    clock_boot() < d->at.term)))
		return;
	term_send(d, d->orphan ? "onlyone-cluster has ended" :
	    "the cluster could not be reached");
}

/* The holder, which renews the lease, is gone. */
static void
orphan_be(struct dog *d)
{
	io_close(&d->word);
	d->orphan = true;
	if (d->how == LOST_WARN) {
		parent_tell(d, WORD_LOST, "onlyone-cluster has ended");
		_exit(0);
	}
}

/* Read all messages that have arrived: the last one counts. */
static void
words_take(struct dog *d)
{
	struct word w;
	int got = 0;

	while (d->word >= 0 && (got = word_hear(d->word, &w, 0)) > 0) {
		if (w.what == WORD_OVER)
			_exit(0);
		if (w.what == WORD_KILL) {
			kill_send(d);
			_exit(0);
		}
		d->termed |= w.term == LLONG_MAX;
		d->at = w;
	}
	if (got < 0)
		orphan_be(d);
	else if (d->stopped && clock_boot() < d->at.kill)
		cont_send(d);
}

/* The ms until something is due.  poll(2)'s timeout stops while the machine is
 * suspended, and our deadlines do not: so it is never long. */
static int
next_left(const struct dog *d)
{
	enum { LONG_MS = 1000, SOON_MS = 50 };
	long long now = clock_boot(), next = now + LONG_MS;

	if (d->orphan || d->stopped)
		next = now + SOON_MS;
	if (d->how != LOST_WARN && (!d->stopped || d->orphan))
		clock_earlier(&next, d->at.kill);
	if (d->how == LOST_TERM && !d->termed)
		clock_earlier(&next, d->at.term);
	return clock_span(next - now);
}

static _Noreturn void
dog_run(struct dog *d)
{
	enum { LOOK_MS = 1000 };

	for (;;) {
		io_wait(d->word, POLLIN, next_left(d));
		words_take(d);
		if (d->how == LOST_WARN)
			continue;
		term_act(d);
		deadline_act(d);
		/* An orphan goes when all have.  That look takes time, and the
		 * deadline does not wait. */
		if (d->orphan && clock_boot() + LOOK_MS < d->at.kill &&
		    !sweep_more(&d->sweep, SIGTERM))
			_exit(0);
	}
}

bool
watchdog_begin(struct watchdog *w, const struct sweep *s, enum lost how,
    const struct word *first, int parent)
{
	struct dog d = { .sweep = *s, .how = how, .at = *first,
		.parent = parent };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	w->pid = fork();
	if (w->pid == 0) {
		prctl(PR_SET_NAME, "onlyone-watch");
		setsid();
		/* The members that are known are the holder's descriptors. */
		buf_init(&d.sweep.known, NULL, 0);
		d.word = ends[1];
		close(ends[0]);
		io_keep(3, (int[]){ d.word, d.sweep.pidfd, d.sweep.take_fd,
		    d.parent }, 4);
		point_reach("watchdog-born");
		dog_run(&d);
	}
	close(ends[1]);
	if (w->pid < 0) {
		w->pid = 0;
		close(ends[0]);
		return false;
	}
	w->word = ends[0];
	w->pidfd = owner_pidfd(w->pid);
	w->born = clock_boot();
	return true;
}

void
watchdog_end(struct watchdog *w)
{
	io_close(&w->word);
	io_close(&w->pidfd);
	if (w->pid)
		proc_await(w->pid, clock_now() + END_MS, NULL);
	w->pid = 0;
}
