/*
 * run.c: the parent of COMMAND: its signals, its terminal, its status.
 *
 * The child is forked before the store is asked: it has what the caller gave
 * us, and waits at a pipe until the key is ours.  The parent shows what the
 * holder says, and exits with 76 if the key was lost.  If holder and watchdog
 * are both killed or stopped, only this process can still kill the program
 * before the lease runs out.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/cluster/hold.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { OVER_MS = 6000, SWEEP_MS = 5000, AGAIN_MS = 500, SETTLE_US = 20000,
	SETTLES = 10, CHILDREN = 512, GIVE_MS = 3000 };

/* The message to the child: the key is ours. */
struct go {
	long long token;           /* 0: there is no key (--on-down=local) */
	char stored[ENGINE_KEY + 256]; /* its name in the store */
};

/* What the caller gave us, for the child. */
struct given {
	sigset_t mask;
	struct sigaction chld, pipe;
};

static _Noreturn void
child_run(int fd, const struct given *g, char *const command[])
{
	char digits[24];
	struct fault f;
	struct go go;

	if (io_read(fd, &go, sizeof(go)) != sizeof(go))
		_exit(EXIT_SYSTEM); /* the parent has given up, or exited */
	close(fd);
	unsetenv(ENV_TOKEN);
	unsetenv(ENV_STORED);
	if (go.token) {
		setenv(ENV_TOKEN, say_num(digits, go.token), 1);
		setenv(ENV_STORED, go.stored, 1);
	}
	sigaction(SIGCHLD, &g->chld, NULL);
	sigaction(SIGPIPE, &g->pipe, NULL);
	sigprocmask(SIG_SETMASK, &g->mask, NULL);
	execvp(*command, command);
	fault_errno(&f, errno == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC, errno,
	    "cannot execute ", *command, NULL);
	say_fault(&f);
	_exit(f.code);
}

bool
run_fork(struct hold *h, char *const command[], struct fault *f)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL },
	    ign = { .sa_handler = SIG_IGN };
	struct given g;
	sigset_t all;
	int ends[2];

	/* From here on signals to us stay pending, for the child or for
	 * run_signal. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &g.mask);
	sigaction(SIGCHLD, &dfl, &g.chld);
	sigaction(SIGPIPE, &ign, &g.pipe);
	if (pipe2(ends, O_CLOEXEC) < 0)
		goto fail;
	h->sweep.take = h->mine.pid = getpid();
	h->sweep.take_fd = owner_pidfd(h->sweep.take);
	/* Without signals a program that has lost its key would go on. */
	if (h->sweep.take_fd < 0 || owner_signal(h->sweep.take_fd, 0) < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, h->sweep.take_fd < 0 ?
		    "pidfd_open(2)" : "pidfd_send_signal(2)", NULL);
		return false;
	}
	h->sweep.nspared = proc_children(h->sweep.take, h->sweep.spared,
	    SWEEP_SPARED);
	h->sweep.owner = fork();
	if (h->sweep.owner == 0) {
		close(ends[1]);
		child_run(ends[0], &g, command);
	}
	close(ends[0]);
	h->go = ends[1];
	h->sweep.pidfd = h->sweep.owner < 0 ? -1 : owner_pidfd(h->sweep.owner);
	h->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->sweep.pidfd < 0 || h->signals < 0)
		goto fail;
	/* What else the caller has opened is the child's. */
	io_keep(3, (int[]){ h->go, h->sweep.pidfd, h->sweep.take_fd,
	    h->signals }, 4);
	return true;
fail:
	fault_errno(f, EXIT_SYSTEM, errno, "cannot start the program", NULL);
	return false;
}

/* Whether the terminal, not a process, sent the signal: then the child, which is
 * in our group, has it already. */
static bool
from_terminal(const struct signalfd_siginfo *si)
{
	return si->ssi_code == SI_KERNEL &&
	    (si->ssi_signo != SIGHUP || getsid(0) != getpid());
}

static bool
signal_next(const struct hold *h, struct signalfd_siginfo *si)
{
	return read(h->signals, si, sizeof(*si)) == sizeof(*si);
}

int
run_signal(struct hold *h)
{
	struct signalfd_siginfo si;
	struct sigaction is;

	while (!h->ending && signal_next(h, &si)) {
		switch (si.ssi_signo) {
		case SIGCHLD:
		case SIGCONT:
		case SIGURG:
		case SIGWINCH:
		case SIGPIPE:
			continue;
		case SIGTSTP:
		case SIGTTIN:
		case SIGTTOU:
			kill(getpid(), SIGSTOP);
			continue;
		default:
			/* One that is blocked comes though it is ignored. */
			if (sigaction((int)si.ssi_signo, NULL, &is) < 0 ||
			    is.sa_handler != SIG_IGN)
				h->ending = (int)si.ssi_signo;
		}
	}
	return h->ending;
}

struct run {
	struct hold *h;
	enum { HELD, WARNED, STOPPED, LOST } state;
	int holder;      /* pidfd; -1: it has exited, or there is none */
	long long acted; /* page->end, when we acted upon it; 0 */
	bool ended;      /* the program has, with this status */
	int status;
	bool alone;      /* nothing else is left of what it has started */
	bool done;       /* nothing is left to kill */
	bool over;       /* the key is given back, or kept by the holder */
};

/* To the program; when that has exited, to what it has left to us. */
static void
signal_send(const struct run *r, int sig)
{
	pid_t children[CHILDREN];
	size_t n;

	if (!r->ended) {
		kill(r->h->sweep.owner, sig);
		return;
	}
	n = proc_children(getpid(), children, CHILDREN);
	while (n--)
		kill(children[n], sig);
}

/* Signal all that the program is and has started: SIGKILL until none is left,
 * any other signal once. */
static void
all_signal(struct run *r, int sig)
{
	if (sig == SIGKILL)
		sweep_kill(&r->h->sweep, clock_boot() + SWEEP_MS);
	else
		sweep_signal(&r->h->sweep, sig);
}

/* Note that the key is lost, or may be, each time that it gets worse. */
static void
lost_be(struct run *r, const char *why, int state)
{
	static const char *const then[] = {
		[WARNED] = "; it keeps running, and another host may start it"
		    " too",
		[STOPPED] = "; the program is stopped",
		[LOST] = "; the program is ended"
	};

	if (r->h->o->lost == LOST_WARN)
		state = WARNED;
	if ((int)r->state >= state)
		return;
	r->state = state;
	say_note(r->h->app, ": ", why, then[state], NULL);
}

/* The key is safe again: note that, once, if we said it might be lost. */
static void
back_be(struct run *r)
{
	bool stopped = r->state == STOPPED;

	if (!stopped && r->state != WARNED)
		return;
	r->state = HELD;
	say_note(r->h->app, ": the cluster is back, and the key is"
	    " still held", stopped ? "; the program keeps"
	    " running" : NULL, NULL);
}

/* Act once if the lease is about to end, and neither holder nor watchdog has
 * acted: both are stopped, or have exited. */
static void
deadline_look(struct run *r)
{
	long long end = r->h->page->end;
	bool stops = r->h->o->lost == LOST_STOP && r->holder >= 0;

	if (r->acted && r->acted != end) {
		/* The holder continues, and has renewed the lease in time. */
		r->acted = 0;
		if (stops) {
			all_signal(r, SIGCONT);
			back_be(r);
		}
	}
	if (!end || clock_boot() < end || r->acted == end || r->done)
		return;
	r->acted = end;
	lost_be(r, "onlyone-cluster makes no progress", stops ? STOPPED : LOST);
	all_signal(r, stops ? SIGSTOP : SIGKILL);
}

static void
word_take(struct run *r, const struct word *w)
{
	switch (w->what) {
	case WORD_LOST:
		lost_be(r, w->line, LOST);
		break;
	case WORD_STOPPED:
		lost_be(r, w->line, STOPPED);
		break;
	case WORD_BACK:
		back_be(r);
		break;
	case WORD_NOTE:
		say_more(r->h->app, ": ", w->line, NULL);
		break;
	case WORD_RELEASED:
		if (*w->line && r->h->o->hold)
			say_note(r->h->app, ": --hold has failed, and its key"
			    " runs out on its own: ", w->line, NULL);
		else if (*w->line)
			say_more(r->h->app, ": its key was not given back: ",
			    w->line, "; it runs out on its own", NULL);
		/* FALLTHROUGH */
	case WORD_STAYS:
		r->over = true;
		break;
	default:
		break;
	}
}

/* Hear what the others say, and whether the holder lives. */
static void
words_hear(struct run *r)
{
	struct word w;
	bool gone = r->holder >= 0 && owner_ended(r->holder);

	while (r->h->talk >= 0) {
		int got = word_hear(r->h->talk, &w, 0);

		if (got > 0)
			word_take(r, &w);
		else if (got < 0)
			io_close(&r->h->talk);
		else
			break;
	}
	if (!gone)
		return;
	io_close(&r->holder);
	if (!r->over && !r->done)
		lost_be(r, "onlyone-cluster has been killed", LOST);
}

/* The terminal stopped the child: we stop too, so that the shell sees it, and
 * continue the child when we are continued.  If a process stopped it (SIGSTOP),
 * that process has to continue it. */
static void
stop_along(struct run *r, int sig)
{
	if (sig == SIGSTOP)
		return;
	kill(getpid(), SIGSTOP);
	words_hear(r);
	if (r->state < STOPPED)
		kill(r->h->sweep.owner, SIGCONT);
}

static void
children_reap(struct run *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != r->h->sweep.owner || r->ended)
			continue;
		if (WIFSTOPPED(status)) {
			stop_along(r, WSTOPSIG(status));
			continue;
		}
		r->status = status;
		r->ended = true;
	}
	r->alone = pid < 0 && errno == ECHILD;
}

static void
signals_take(struct run *r)
{
	struct signalfd_siginfo si;

	/* Act first on a stop that came while this process was not running: the
	 * program must not be continued after it. */
	words_hear(r);
	while (signal_next(r->h, &si)) {
		if (si.ssi_signo == SIGCHLD)
			children_reap(r);
		else if (si.ssi_signo != SIGURG && si.ssi_signo != SIGPIPE &&
		    !from_terminal(&si) && (si.ssi_signo != SIGCONT ||
		    r->state < STOPPED))
			signal_send(r, (int)si.ssi_signo);
	}
}

/* Wait for something, and act on it. */
static void
round_go(struct run *r, int most)
{
	struct pollfd p[3] = { { r->h->signals, POLLIN, 0 },
		{ r->h->talk, POLLIN, 0 }, { r->holder, POLLIN, 0 } };
	long long end = r->h->page ? r->h->page->end : 0;
	int left = end ? clock_boot_left(r->acted ? clock_boot() + AGAIN_MS :
	    end) : most;

	if (most >= 0 && left > most)
		left = most;
	io_poll(p, 3, left);
	signals_take(r);
	if (r->h->page)
		deadline_look(r);
}

/* Find the copies that are our children, since we are a subreaper.  A helper
 * may be on its way to its own program yet: look again. */
static void
copies_find(pid_t copies[COPIES])
{
	pid_t children[CHILDREN];
	size_t n, found;

	for (int i = 0; i < SETTLES; i++) {
		n = proc_children(getpid(), children, CHILDREN);
		found = 0;
		look_begin();
		while (n-- && found < COPIES) {
			if (copy_only(children[n]))
				copies[found++] = children[n];
		}
		look_end();
		if (found < COPIES)
			copies[found] = 0;
		if (!found)
			return;
		clock_sleep(SETTLE_US);
	}
}

/* The program has exited: tell the holder, and wait for it. */
static void
end_tell(struct run *r)
{
	struct word w = { .what = WORD_ENDED, .status = r->status };
	long long until;
	bool lost;
	int left;

	if (!r->h->taken)
		return;
	if (r->h->o->lifetime != KEPT_MAIN && !r->alone)
		copies_find(w.copies);
	r->done = true;
	word_send(r->h->talk, &w, NULL);
	/* If the key is lost, all that is left is killed by the deadline, and
	 * no message comes; or this process kills it. */
	lost = r->state >= STOPPED;
	until = lost ? r->h->page->end : clock_boot() + OVER_MS;
	while (!r->over && r->h->talk >= 0 && (left = clock_boot_left(until)))
		round_go(r, left);
	if (lost && !r->over && r->h->talk >= 0)
		all_signal(r, SIGKILL);
}

/* Fork the holder, so that it is not our child.  false: errno. */
static bool
holder_fork(struct hold *h, const int ends[2])
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		pid = fork();
		if (pid == 0) {
			/* The parent's ends: the holder must see them close. */
			close(ends[0]);
			io_close(&h->go);
			h->talk = ends[1];
			hold_keep(h);
			h->calls->close(h->engine);
		}
		_exit(pid < 0 ? errno : 0);
	}
	if (pid > 0 && IO_RETRY(waitpid(pid, &status, 0)) == pid)
		errno = WEXITSTATUS(status);
	return pid > 0 && !status;
}

/* Begin the holder, and wait until it has a watchdog. */
static bool
holder_begin(struct run *r, struct fault *f)
{
	struct hold *h = r->h;
	struct word w = { .what = WORD_NONE };
	struct fault none;
	int ends[2];

	h->page = mmap(NULL, sizeof(*h->page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (h->page == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET |
	    SOCK_CLOEXEC, 0, ends) < 0 || !holder_fork(h, ends)) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot start "
		    "onlyone-cluster", NULL);
		/* There is no holder to give the key back. */
		h->calls->release(h->engine, 0, NULL, clock_boot() + GIVE_MS,
		    &none);
		return false;
	}
	h->talk = ends[0];
	close(ends[1]);
	/* The connections to the store are the holder's. */
	io_keep(3, (int[]){ h->go, h->sweep.pidfd, h->sweep.take_fd, h->signals,
	    h->talk }, 5);
	if (word_hear(h->talk, &w, clock_boot_left(lease_term(&h->lease))) <= 0
	    || w.what != WORD_READY) {
		fault_set(f, w.what == WORD_FAILED ? EXIT_SYSTEM :
		    EXIT_NOANSWER, h->app, ": ", *w.line ? w.line :
		    "onlyone-cluster has ended", NULL);
		return false;
	}
	r->holder = owner_pidfd(w.pid);
	return true;
}

int
run_program(struct hold *h, struct fault *f)
{
	struct run r = { .h = h, .holder = -1 };
	const char *stored = h->calls->stored(h->engine);
	struct go go = { .token = h->taken ? h->other.token : 0 };

	if (h->taken) {
		snprintf(go.stored, sizeof(go.stored), "%s", stored);
		if (!holder_begin(&r, f))
			return -1;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	point_reach("cluster-go");
	io_write(h->go, &go, sizeof(go));
	io_close(&h->go);
	point_reach("cluster-gone");
	children_reap(&r);
	while (!r.ended || (h->o->lifetime == KEPT_TREE && !r.alone))
		round_go(&r, -1);
	end_tell(&r);
	return r.state >= STOPPED ? EXIT_LOST : proc_status(r.status);
}
