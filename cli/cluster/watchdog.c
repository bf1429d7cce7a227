/*
 * watchdog.c: a process that ends the program when the lease ends (hold.h).
 *
 * It has no connection to the store, only deadlines that the holder sends, and
 * acts on them whatever happens to the holder.  It never waits for a look at
 * other processes: a child of it looks (sweep.h).  When the holder ends (its end
 * of the socket closes), the watchdog is an orphan: all that the instance is
 * and has started gets TERM at once, and KILL by the deadline, even with
 * LOST_STOP; with LOST_WARN we only report that, and exit.
 */
#include <sys/prctl.h>
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/core/slot/owner.h"

enum { SWEEP_MS = 10000, NEVER_MS = 3600000, END_MS = 1000 };

struct dog {
	struct sweep sweep;
	enum lost how;
	struct watchdog_word at;
	long long heard; /* clock_boot when the last word came */
	int word, parent;
	bool termed, stopped, orphan;
};

static void
tell(const struct dog *d, int what, const char *line)
{
	word_send(d->parent, &(struct word){ .what = what }, line);
}

static void
term_send(struct dog *d, const char *why)
{
	if (d->termed)
		return;
	d->termed = true;
	sweep_now(&d->sweep, SIGTERM);
	tell(d, WORD_LOST, why);
	sweep_scout(&d->sweep, SIGTERM);
}

static void
kill_send(struct dog *d)
{
	point("watchdog-kill");
	sweep_kill(&d->sweep, clock_boot() + SWEEP_MS);
}

/* The lease was renewed after all, just after we had stopped the program. */
static void
cont_send(struct dog *d)
{
	d->stopped = false;
	sweep_now(&d->sweep, SIGCONT);
	sweep_scout(&d->sweep, SIGCONT);
	tell(d, WORD_BACK, NULL);
}

/* When to send KILL: the look for what has been started takes time, too. */
static long long
kill_due(const struct dog *d)
{
	return d->at.kill - lease_look(d->sweep.scout.took, d->at.ttl);
}

/* KILL, or STOP, if its time has come. */
static void
deadline_act(struct dog *d)
{
	const char *why = d->orphan ? "onlyone-cluster has ended" :
	    "the cluster could not be reached in time";

	if (clock_boot() < kill_due(d))
		return;
	if (d->how == LOST_STOP && !d->orphan) {
		/* Anybody of this user can send CONT: stop it again. */
		sweep_now(&d->sweep, SIGSTOP);
		if (d->stopped)
			return;
		d->stopped = true;
		tell(d, WORD_STOPPED, why);
		sweep_signal(&d->sweep, SIGSTOP);
		return;
	}
	if (!d->termed)
		tell(d, WORD_LOST, why);
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
	d->sweep.before = clock_boot();
	if (d->how == LOST_WARN) {
		tell(d, WORD_LOST, "onlyone-cluster has ended");
		_exit(0);
	}
}

/* Read all messages that have arrived: the last one counts. */
static void
words_take(struct dog *d)
{
	struct watchdog_word w = { 0 };
	ssize_t n;

	while (d->word >= 0 && (n = IO_RETRY(recv(d->word, &w, sizeof(w),
	    MSG_DONTWAIT))) != -1) {
		if (n != sizeof(w)) {
			orphan_be(d);
			return;
		}
		if (w.what == WATCH_OVER)
			_exit(0);
		if (w.what == WATCH_KILL) {
			kill_send(d);
			_exit(0);
		}
		if (w.what == WATCH_TERMED)
			d->termed = true;
		d->at = w;
		d->heard = clock_boot();
		if (!d->termed && !d->stopped)
			sweep_forget(&d->sweep);
	}
	if (d->word >= 0 && errno != EAGAIN)
		orphan_be(d);
	else if (d->stopped && clock_boot() < kill_due(d))
		cont_send(d);
}

/* When to look again for what the instance has started; the holder's next word
 * is late by then.  While it is stopped, the deadline must not move. */
static long long
fresh_due(struct dog *d)
{
	enum { PARTS = 3 };
	long long late = d->at.term - (d->at.term - d->heard) / PARTS;

	if (d->stopped)
		return LLONG_MAX;
	return clock_boot() < late ? late : sweep_fresh(&d->sweep);
}

static int
next_left(struct dog *d)
{
	long long now = clock_boot(), next = now + NEVER_MS, due;

	due = d->how == LOST_WARN || d->orphan ? LLONG_MAX : fresh_due(d);
	if (due < next)
		next = due;
	if (d->how != LOST_WARN && (!d->stopped || d->orphan) &&
	    kill_due(d) < next)
		next = kill_due(d);
	if (d->how == LOST_TERM && !d->termed && d->at.term < next)
		next = d->at.term;
	return clock_span(next - now);
}

/* poll(2)'s timeout stands still while the machine is suspended, and our
 * deadlines do not: never wait long. */
static _Noreturn void
dog_run(struct dog *d)
{
	enum { LOOK_MS = 1000, SOON_MS = 50 };
	struct pollfd p[2];
	bool looked;
	int left;

	for (;;) {
		left = next_left(d);
		if ((d->orphan || d->stopped) && left > SOON_MS)
			left = SOON_MS;
		p[0] = (struct pollfd){ d->word, POLLIN, 0 };
		p[1] = (struct pollfd){ sweep_scout_fd(&d->sweep), POLLIN, 0 };
		io_poll(p, 2, left < LOOK_MS ? left : LOOK_MS);
		words_take(d);
		looked = sweep_heard(&d->sweep);
		if (d->how == LOST_WARN)
			continue;
		term_act(d);
		deadline_act(d);
		/* Only a look tells an orphan that all have ended. */
		if (d->orphan && looked && !d->sweep.scout.left &&
		    d->sweep.scout.done >= d->sweep.before)
			_exit(0);
		if (d->orphan && sweep_scout_fd(&d->sweep) < 0)
			sweep_scout(&d->sweep, SIGTERM);
	}
}

/* Duplicates none: the limit on open files may be reached. */
void
fds_keep(const int *own, size_t n)
{
	int top = 3;

	for (size_t i = 0; i < n; i++) {
		if (own[i] >= top)
			top = own[i] + 1;
	}
	for (int fd = 3; fd < top; fd++) {
		bool kept = false;

		for (size_t i = 0; i < n; i++)
			kept |= own[i] == fd;
		if (!kept)
			close(fd);
	}
	closefrom(top);
}

bool
watchdog_begin(struct watchdog *w, const struct sweep *s, enum lost how,
    const struct watchdog_word *first, int parent)
{
	struct dog d = { .sweep = *s, .how = how, .at = *first,
		.heard = clock_boot(), .parent = parent };
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return false;
	w->pid = fork();
	if (w->pid == 0) {
		prctl(PR_SET_NAME, "onlyone-watch");
		setsid();
		/* The members that are known are the holder's descriptors. */
		d.sweep.scout.pid = 0;
		buf_init(&d.sweep.known, NULL, 0);
		d.word = ends[1];
		close(ends[0]);
		fds_keep((int[]){ d.word, d.sweep.pidfd, d.parent }, 3);
		point("watchdog-born");
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

bool
watchdog_tell(struct watchdog *w, const struct watchdog_word *word)
{
	if (!w->pid)
		return false;
	/* A stopped watchdog reads nothing: never block. */
	if (send(w->word, word, sizeof(*word), MSG_NOSIGNAL | MSG_DONTWAIT) ==
	    sizeof(*word))
		return true;
	return errno == EAGAIN;
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
