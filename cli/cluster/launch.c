/*
 * launch.c: the process that COMMAND's caller has: signals, terminal, messages,
 * time limits and the exit status.
 *
 * The holder says how far it is.  If the key was lost, this exits with 76.  If
 * holder and watchdog are both killed or stopped, only this process can still
 * end the job before the lease runs out.
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
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/base/text.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/notify.h"
#include "cli/core/slot/owner.h"
#include "cli/core/slot/waits.h"
#include "preload/contract.h"

enum { OVER_MS = 6000, SWEEP_MS = 5000, AGAIN_MS = 500, FIRST_MS = 1000,
	LEAVE_MS = 100, LEFT_MS = 500, PIDS = 256 };

/* More than a dozen members: all that is known of a run. */
struct launch {
	struct hold *h;
	int signals;       /* signalfd(2) of all signals, which are blocked */
	int talk;          /* socket to the holder; -1: it and its watchdog have
	                    * exited */
	int holder, job;   /* pidfds; -1: exited, or not known yet */
	pid_t holder_pid, job_pid;
	long long began;   /* clock_boot when it began */
	struct fault waits; /* if that runs out */
	int quits;         /* the signal that has ended our wait; 0 */
	bool shown;        /* onlyonectl shows that it waits */
	pid_t dog;         /* the watchdog that was started last; 0 */
	bool paused;       /* the terminal has stopped COMMAND */
	bool tells;        /* the holder has to hear what was asked */
	bool left;         /* it has: COMMAND had exited then */
	int asked;         /* signals to end, since we were told that the rest
	                    * takes its time */
	bool taken;        /* the key is */
	struct word answer;  /* TAKEN, EXIT */
	enum key_state state;
	long long acted;   /* page->end, when we acted upon it; 0 */
	bool ended;        /* COMMAND has, with this status: */
	int status;        /* as wait(2) has it */
	bool killed;       /* we have killed all that is left */
	bool over;         /* the holder has said its last word */
	long long until;   /* clock_boot: how long to wait for that; 0 */
	long long sign;    /* ms: how often the service manager wants a sign of
	                    * life; 0: never */
	long long sign_due; /* clock_boot */
};

static bool
signal_next(const struct launch *r, struct signalfd_siginfo *si)
{
	return read(r->signals, si, sizeof(*si)) == sizeof(*si);
}

/*
 * The job.
 */

/* To COMMAND; when that has exited, to what it has left to the holder, or to
 * us. */
static void
signal_send(const struct launch *r, int sig)
{
	struct buf pids = { 0 };
	pid_t pid;

	if (r->job >= 0 && !owner_ended(r->job)) {
		owner_signal(r->job, sig);
		return;
	}
	if (r->holder >= 0 || r->h->gathers)
		sweep_children(r->holder >= 0 ? r->holder_pid : getpid(),
		    &pids);
	for (size_t i = 0; i < pids.len / sizeof(pid); i++) {
		pid = ((pid_t *)(void *)pids.at)[i];
		if (!sweep_is_ours(&r->h->sweep, pid))
			kill(pid, sig);
	}
	buf_free(&pids);
}

/* Signal all that the job is and has started: SIGKILL until none is left, any
 * other signal once. */
static void
all_signal(struct launch *r, int sig)
{
	if (sig == SIGKILL)
		r->killed = r->h->page->acted = true;
	if (!r->h->gathers && r->job >= 0)
		owner_signal(r->job, sig);
	if (sig == SIGKILL)
		sweep_kill(&r->h->sweep, clock_boot() +
		    (r->h->gathers ? SWEEP_MS : 0));
	else
		sweep_signal(&r->h->sweep, sig);
}

/* Note that the key is lost, or may be, each time that it gets worse. */
static void
lost_be(struct launch *r, const char *why, enum key_state state)
{
	static const char *const then[] = {
		[KEY_WARNED] = "; it keeps running, and another host may"
		    " start it too",
		[KEY_STOPPED] = "; the program is stopped",
		[KEY_LOST] = "; the program is ended"
	};

	if (r->h->o->lost == LOST_WARN)
		state = KEY_WARNED;
	if (r->state >= state)
		return;
	r->state = state;
	say_note(r->h->app, ": ", why, then[state], NULL);
}

/* The key is safe again: note that, once, if we said it might be lost. */
static void
back_be(struct launch *r)
{
	bool stopped = r->state == KEY_STOPPED;

	if (!stopped && r->state != KEY_WARNED)
		return;
	r->state = KEY_HELD;
	say_note(r->h->app, ": the cluster is back, and the key is"
	    " still held", stopped ? "; the program keeps"
	    " running" : NULL, NULL);
}

/* Act once if the lease is about to end, and neither holder nor watchdog has
 * acted: both are stopped, or have exited. */
static void
deadline_look(struct launch *r)
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
	if (!end || clock_boot() < end || r->acted == end || r->over)
		return;
	r->acted = end;
	lost_be(r, "onlyone-cluster makes no progress", stops ? KEY_STOPPED :
	    KEY_LOST);
	all_signal(r, stops ? SIGSTOP : SIGKILL);
}

/*
 * What the others say.
 */

static void
dog_take(struct launch *r, const struct word *w)
{
	sweep_forget(&r->h->sweep, r->dog);
	r->dog = w->pid;
	sweep_ours(&r->h->sweep, r->dog);
}

static void
born_take(struct launch *r, const struct word *w)
{
	r->holder_pid = w->pid;
	r->holder = owner_pidfd(w->pid);
	r->job_pid = w->job;
	r->job = owner_pidfd(w->job);
	sweep_ours(&r->h->sweep, w->pid);
}

/* For onlyonectl on this host, and for a service manager: for whom we wait. */
static void
waits_show(struct launch *r, const char *line)
{
	const struct hold *h = r->h;
	char status[WAITS_TEXT + 32];

	line = name_cut(h, line);
	r->shown = true;
	waits_note(h->slot, h->run, line);
	text_join(status, sizeof(status), "STATUS=waiting: ", line, NULL);
	status[strcspn(status, "\n")] = '\0';
	notify_send(status);
}

static void
waits_hide(struct launch *r)
{
	if (r->shown)
		waits_note(r->h->slot, r->h->run, NULL);
	r->shown = false;
}

/* Another has the key, or the store does not answer: what to say if time runs
 * out, which is from here on what the user has asked for. */
static void
waits_take(struct launch *r, const struct word *w)
{
	fault_set(&r->waits, w->status, TEXT_MESSAGE, w->line, NULL);
	r->waits.minor = w->minor;
	if (w->minor)
		say_more("waiting for ", TEXT_MESSAGE, w->line, NULL);
	else
		say_note(TEXT_MESSAGE, w->line, "; it is waited for", NULL);
	if (r->h->limit)
		r->h->limit = r->began + r->h->o->limit_ms;
	waits_show(r, w->line);
}

static void
released_take(struct launch *r, const struct word *w)
{
	r->over = true;
	if (*w->line && w->status)
		say_note(r->h->app, w->status > r->h->o->hold ? ": this run"
		    " does not count (--every)" : ": --hold has failed",
		    ", and its key runs out on its own: ", w->line, NULL);
	else if (*w->line)
		say_more(r->h->app, ": its key was not given back: ", w->line,
		    "; it runs out on its own", NULL);
}

static void
word_take(struct launch *r, const struct word *w)
{
	switch (w->what) {
	case WORD_BORN:
		born_take(r, w);
		break;
	case WORD_DOG:
		dog_take(r, w);
		break;
	case WORD_MORE:
		say_more(r->h->app, ": ", TEXT_MESSAGE, w->line, NULL);
		break;
	case WORD_NOTE:
		say_note(TEXT_MESSAGE, w->line, NULL);
		break;
	case WORD_WAITS:
		waits_take(r, w);
		break;
	case WORD_TAKEN:
		waits_hide(r);
		r->taken = true;
		r->answer = *w;
		break;
	case WORD_EXIT:
		r->over = true;
		r->answer = *w;
		break;
	case WORD_PAUSED:
		r->paused = true;
		break;
	case WORD_LEFT:
		r->tells = true;
		break;
	case WORD_LOST:
		lost_be(r, w->line, KEY_LOST);
		break;
	case WORD_STOPPED:
		lost_be(r, w->line, KEY_STOPPED);
		break;
	case WORD_BACK:
		back_be(r);
		break;
	case WORD_ENDED:
		r->until = clock_boot() + OVER_MS;
		/* FALLTHROUGH */
	case WORD_STAYS:
		r->over |= w->what == WORD_STAYS;
		r->ended = true;
		r->status = w->status;
		break;
	case WORD_RELEASED:
		released_take(r, w);
		break;
	default:
		break;
	}
}

/* Hear what the others say, and whether the holder lives. */
static void
words_hear(struct launch *r)
{
	struct word w;
	bool gone = r->holder >= 0 && owner_ended(r->holder);
	int got = 1;

	while (r->talk >= 0 && (got = word_hear(r->talk, &w)) > 0)
		word_take(r, &w);
	if (got < 0)
		io_close(&r->talk);
	if (!gone)
		return;
	io_close(&r->holder);
	sweep_forget(&r->h->sweep, r->holder_pid);
	/* Without a key it goes on. */
	if (r->taken && r->answer.token && !r->ended && !r->killed)
		lost_be(r, "onlyone-cluster has been killed", KEY_LOST);
}

/* We are a subreaper: orphans come here once holder and watchdog are gone. */
static void
children_reap(struct launch *r)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			r->paused |= pid == r->job_pid &&
			    WSTOPSIG(status) != SIGSTOP;
			continue;
		}
		sweep_forget(&r->h->sweep, pid);
		if (pid == r->job_pid && !r->ended) {
			r->ended = true;
			r->status = status;
		}
	}
}

/* Tell the service manager that all is well, if that is due: there is no key yet,
 * or its lease has not ended, or the job is stopped until it can go on. */
static void
sign_give(struct launch *r)
{
	const long long now = clock_boot(), end = r->h->page->end;

	if (!r->sign || now < r->sign_due)
		return;
	r->sign_due = now + r->sign / 2;
	if (!end || now < end || r->state == KEY_STOPPED)
		notify_send("WATCHDOG=1");
}

/* Wait for something until this time (clock_boot; 0: no limit). */
static void
anything_wait(struct launch *r, long long until)
{
	struct pollfd p[3] = { { r->signals, POLLIN, 0 },
		{ r->talk, POLLIN, 0 }, { r->holder, POLLIN, 0 } };

	sign_give(r);
	if (r->sign)
		clock_earlier(&until, r->sign_due);
	io_poll(p, 3, until ? clock_boot_left(until) : -1);
}

/*
 * Before the key is ours.
 */

/* One that is blocked comes though it is ignored. */
static bool
is_ignored(int sig)
{
	struct sigaction is;

	return sigaction(sig, NULL, &is) == 0 && is.sa_handler == SIG_IGN;
}

/* The signal that should end our wait; 0.  Here it is not passed on. */
static int
signal_ends(struct launch *r)
{
	struct signalfd_siginfo si;

	while (signal_next(r, &si)) {
		switch (si.ssi_signo) {
		case SIGCHLD:
			children_reap(r);
			continue;
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
			if (!is_ignored((int)si.ssi_signo))
				return (int)si.ssi_signo;
		}
	}
	return 0;
}

/* Do not wait any longer.  The holder gives its place in line up; if the store
 * is slow it does that after we have exited. */
static void
holder_leave(struct launch *r)
{
	long long until = clock_boot() + LEAVE_MS;

	waits_hide(r);
	word_send(r->talk, &(struct word){ .what = WORD_QUIT }, NULL);
	io_close(&r->h->go[1]);
	while (r->talk >= 0 && clock_boot() < until) {
		anything_wait(r, until);
		words_hear(r);
		signal_ends(r);
	}
}

/* Wait until the key is ours.  true: it is, or is not needed; false: *status is
 * how to exit, -1: with a fault, unless a signal has ended our wait (quits). */
static bool
key_await(struct launch *r, int *status, struct fault *f)
{
	*status = -1;
	for (;;) {
		words_hear(r);
		if (r->taken && clock_boot() < r->answer.term)
			return true;
		if (r->taken) {
			fault_set(f, EXIT_NOANSWER, r->h->app, LATE, NULL);
			break;
		}
		if (r->over) {
			*status = *r->answer.line ? -1 : r->answer.status;
			fault_set(f, r->answer.status, TEXT_MESSAGE,
			    r->answer.line, NULL);
			f->minor = r->answer.minor;
			return false;
		}
		r->quits = signal_ends(r);
		if (r->quits)
			break;
		if (r->talk < 0 || (r->holder < 0 && r->holder_pid)) {
			fault_set(f, EXIT_NOANSWER, r->h->app,
			    ": onlyone-cluster has been killed", NULL);
			break;
		}
		if (r->h->limit && clock_boot() >= r->h->limit) {
			*f = r->waits;
			break;
		}
		anything_wait(r, r->h->limit);
	}
	holder_leave(r);
	return false;
}

/*
 * With the key.
 */

/* The terminal stopped COMMAND: we stop too, so that the shell sees it, and
 * continue it when we are continued. */
static void
stop_along(struct launch *r)
{
	if (!r->paused)
		return;
	if (proc_state(r->job_pid) == 'T') {
		kill(getpid(), SIGSTOP);
		words_hear(r);
		if (r->state < KEY_STOPPED)
			signal_send(r, SIGCONT);
	}
	r->paused = false;
}

static bool
is_stop(int sig)
{
	return sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

static bool
is_end(int sig)
{
	return sig == SIGTERM || sig == SIGINT || sig == SIGHUP ||
	    sig == SIGQUIT;
}

/* The terminal wants to stop COMMAND, which usually does so at once.  If it has a
 * handler, the holder tells. */
static void
stop_await(struct launch *r)
{
	enum { TRIES = 20, PAUSE_US = 5000 };

	for (int i = 0; i < TRIES && proc_state(r->job_pid) != 'T'; i++)
		clock_sleep(PAUSE_US);
	r->paused = true;
	stop_along(r);
}

/* It may be a wish that the job ends; the second one after the message about what
 * COMMAND has left is impatient. */
static void
end_note(struct launch *r, int sig)
{
	struct page *page = r->h->page;

	if (!is_end(sig) || is_ignored(sig))
		return;
	page->asked = sig;
	if (sig == SIGTERM)
		page->wished = true;
	if (page->told)
		page->forced |= r->asked++ > 0;
	r->tells |= r->left;
}

static void
signals_take(struct launch *r)
{
	struct signalfd_siginfo si;

	/* Act first on a stop that came while this process was not running: the
	 * job must not be continued after it. */
	words_hear(r);
	stop_along(r);
	while (signal_next(r, &si)) {
		end_note(r, (int)si.ssi_signo);
		if (si.ssi_signo == SIGCHLD)
			children_reap(r);
		else if (io_from_terminal(&si) && is_stop((int)si.ssi_signo))
			stop_await(r);
		else if (si.ssi_signo != SIGURG && si.ssi_signo != SIGPIPE &&
		    !io_from_terminal(&si) && (si.ssi_signo != SIGCONT ||
		    r->state < KEY_STOPPED))
			signal_send(r, (int)si.ssi_signo);
	}
}

static bool
is_over(struct launch *r)
{
	if (r->over || (r->killed && r->state == KEY_LOST))
		return true;
	if (r->until && (r->talk < 0 || clock_boot() >= r->until))
		return true;
	if (r->talk >= 0 || (r->job >= 0 && !owner_ended(r->job)))
		return false;
	/* Holder and watchdog are gone. */
	return !r->h->gathers || (r->state < KEY_STOPPED &&
	    r->h->o->lifetime != KEPT_TREE) || sweep_gone(&r->h->sweep, 0);
}

/* When to look again, whatever comes (clock_boot). */
static long long
next_look(const struct launch *r)
{
	long long next = r->until;

	if (r->h->page->end)
		clock_earlier(&next, r->acted ? clock_boot() + AGAIN_MS :
		    r->h->page->end);
	if (r->talk < 0)
		clock_earlier(&next, clock_boot() + AGAIN_MS);
	return next;
}

/* Say what could not be ended.  A look may miss one that was just ending. */
static void
left_say(struct launch *r)
{
	enum { PAUSE_US = 20000 };
	const long long until = clock_boot() + LEFT_MS;
	char pids[PIDS];
	bool gone;

	if (!r->h->gathers)
		return;
	while (!(gone = sweep_gone(&r->h->sweep, 0)) && clock_boot() < until)
		clock_sleep(PAUSE_US);
	if (!gone && *sweep_pids(&r->h->sweep, pids, sizeof(pids)))
		say_note(r->h->app, ": these processes of it could not be ended: ",
		    pids, NULL);
}

/* Let COMMAND begin, and stay until it has ended. */
static int
command_stay(struct launch *r)
{
	point_reach("cluster-go");
	io_write(r->h->go[1], &r->answer, sizeof(r->answer));
	io_close(&r->h->go[1]);
	point_reach("cluster-gone");
	notify_send(r->answer.token ? "READY=1\nSTATUS=it has the key" :
	    "READY=1\nSTATUS=it runs on this host only: the store is down");
	while (!is_over(r)) {
		anything_wait(r, next_look(r));
		signals_take(r);
		if (r->tells) {
			word_send(r->talk, &(struct word){ .what = WORD_HEARD },
			    NULL);
			r->left = true;
		}
		r->tells = false;
		deadline_look(r);
	}
	if (r->talk < 0)
		cgroup_remove(&r->h->sweep.cgroup);
	children_reap(r);
	/* The disk may be slow: after all that has a deadline. */
	if (!r->over)
		figures_left(r->h);
	if (r->state < KEY_STOPPED && r->ended)
		return proc_mimic(r->status);
	left_say(r);
	return EXIT_LOST;
}

/* In a new process: start the holder, and be its watchdog. */
static _Noreturn void
others_start(struct hold *h)
{
	struct fault f;
	int ends[2];
	pid_t pid = -1;

	h->talk = h->ends[1];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0) {
		h->dog = (struct watchdog){ .pid = getpid(),
			.pidfd = owner_pidfd(getpid()), .word = ends[0] };
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		pid = fork();
	}
	if (pid == 0) {
		close(ends[1]);
		holder_run(h);
	}
	if (pid > 0)
		watchdog_be(h, pid, ends[1]);
	fault_errno(&f, EXIT_SYSTEM, errno, "cannot start onlyone-cluster",
	    NULL);
	word_send(h->talk, &(struct word){ .what = WORD_EXIT,
	    .status = f.code }, f.line);
	_exit(0);
}

/* The library in this process has mapped the slot's file (mapping.h).  Our other
 * processes must not have it, too: the keeper would take them for a daemon that
 * keeps running after us, and look at all processes. */
static void
mapping_keep(const struct hold *h)
{
	enum { MAPS_MOST = 1 << 20 };
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	struct buf maps = { 0 };
	char name[PATH_MAX], *line, *next, *end;
	uintptr_t from, to;

	text_join(name, sizeof(name), " ", h->slot, "/" FILE_MAPPING, NULL);
	if (fd >= 0 && io_slurp(fd, &maps, MAPS_MOST) == 0 &&
	    buf_add(&maps, "", 1) == 0) {
		next = maps.at;
		while ((line = strsep(&next, "\n"))) {
			if (!strstr(line, name))
				continue;
			from = strtoul(line, &end, 16);
			to = *end == '-' ? strtoul(end + 1, NULL, 16) : from;
			madvise((void *)from, to - from, MADV_DONTFORK);
		}
	}
	io_close(&fd);
	buf_free(&maps);
}

/* Make what all of ours share.  false: errno. */
static bool
parts_make(struct launch *r)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL },
	    ign = { .sa_handler = SIG_IGN };
	struct hold *h = r->h;
	sigset_t all;

	/* From here on signals to us stay pending, for the job or for us. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &h->mask);
	sigaction(SIGCHLD, &dfl, &h->chld);
	sigaction(SIGPIPE, &ign, &h->pipe);
	h->page = mmap(NULL, sizeof(*h->page), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	r->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (h->page == MAP_FAILED)
		return false;
	h->page->term = LLONG_MAX - 1;
	h->page->kill = LLONG_MAX;
	return r->signals >= 0 &&
	    pipe2(h->go, O_CLOEXEC) == 0 &&
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, h->ends) == 0;
}

/* Whether we can find processes, and send them signals: else a job whose key is
 * lost would go on. */
static bool
signals_work(struct hold *h, struct fault *f)
{
	struct buf pids = { 0 };
	int pidfd = owner_pidfd(getpid());
	bool ok = pidfd >= 0 && owner_signal(pidfd, 0) == 0;

	if (!ok) {
		fault_errno(f, EXIT_SYSTEM, errno, pidfd < 0 ?
		    "pidfd_open(2)" : "pidfd_send_signal(2)", NULL);
	} else if (!proc_ours() || access("/proc/thread-self/children",
	    R_OK) < 0 || sweep_children(getpid(), &pids) < 0) {
		ok = false;
		fault_errno(f, EXIT_SYSTEM, errno, "/proc does not list"
		    " children", NULL);
	}
	/* Children that we have already, from the process that has executed us,
	 * are not the job's: then its orphans must not become ours, too. */
	h->gathers = ok && !pids.len;
	buf_free(&pids);
	io_close(&pidfd);
	return ok;
}

int
launch_run(struct hold *h, struct fault *f)
{
	struct launch r = { .h = h, .holder = -1, .job = -1, .talk = -1 };
	int status;
	pid_t pid;

	if (!signals_work(h, f))
		return -1;
	if (h->gathers) {
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		h->sweep.root = getpid();
	}
	sweep_ours(&h->sweep, getpid());
	h->launch = getpid();
	r.began = clock_boot();
	r.sign = notify_begin();
	if (h->o->limited && h->o->limit_ms >= 0)
		h->limit = r.began + (h->o->limit_ms < FIRST_MS ? FIRST_MS :
		    h->o->limit_ms);
	h->sweep.fenced = h->o->lost == LOST_STOP;
	cgroup_make(&h->sweep.cgroup);
	/* Without a key the slot on this host is all there is: the keeper may
	 * look for a daemon. */
	if (!h->o->down)
		mapping_keep(h);
	pid = parts_make(&r) ? fork() : -1;
	if (pid == 0) {
		close(h->ends[0]);
		close(r.signals);
		others_start(h);
	}
	if (pid < 0) {
		cgroup_remove(&h->sweep.cgroup);
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot start "
		    "onlyone-cluster", NULL);
	}
	sweep_ours(&h->sweep, pid);
	r.talk = h->ends[0];
	/* What else the caller has opened is the job's. */
	io_keep(3, (int[]){ r.talk, r.signals, h->go[1],
	    h->sweep.cgroup.above, h->sweep.cgroup.dir }, 5);
	fault_set(&r.waits, EXIT_NOANSWER, h->app, ": the store has not"
	    " answered in time", NULL);
	if (key_await(&r, &status, f))
		return command_stay(&r);
	if (r.talk < 0)
		cgroup_remove(&h->sweep.cgroup);
	if (!r.over)
		figures_left(h);
	return r.quits ? proc_die(r.quits) : status;
}
