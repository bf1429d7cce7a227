/*
 * second.c: start the program of an instance a second time, so that it hands
 * over documents.
 *
 * In three steps.  First wait until the instance has a window or something by
 * which a second start finds it (evidence.c); without that nothing is started.
 * Then start the program.  Then watch it, and all that it starts, until it
 * exits, or shows a window of its own: that would be a second instance, and is
 * killed.  If the instance ends meanwhile, the second start is the next
 * instance.
 *
 * On Wayland the instance may raise no window of its own for what it was given, and
 * leave another one in front.  So we raise it, where all windows can be seen.
 *
 * We are the subreaper of what we start, so all of it descends from us, however
 * it forks.  All calls that may wait for a display are made by a child of ours
 * (look_start), which can be killed; those for evidence have a deadline.
 */
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/slot/owner.h"
#include "cli/windows/windows.h"
#include "preload/contract.h"

enum {
	WAIT_MS = 20000,   /* for the instance to be ready, and to respond */
	YOUNG_MS = 3000,   /* a younger instance may still be starting */
	IDLE_MS = 500,     /* one that does nothing for so long has started */
	LATE_MS = 500,     /* evidence comes so much later than a window */
	EVIDENCE_MS = 1000,
	LIMIT_MS = 2000,   /* for a window to respond */
	TAKE_MS = 10000,   /* for the second start to hand over */
	REOPEN_MS = 1500,  /* the same without documents */
	TITLE_MS = 1000,   /* for a title to change */
	BARE_MS = 5000,    /* for the first window of one without evidence */
	EXEC_MS = 1000,
	FLASH_MS = 1000,   /* a window before it hands over is shown for less */
	LEAVE_MS = 100,    /* what it has left has executed its program by then */
	END_MS = 500,      /* from TERM to KILL */
	KILL_MS = 1000,
	OFTEN_MS = 50,
	SELDOM_MS = 100,
	PIDS = 256,
	FILES = 17
};

/* More than a dozen members: what is watched, and what came of it. */
struct start {
	const struct instance *i;
	pid_t pid; /* of the instance */
	bool known; /* it has handed over before: that is evidence */
	bool visible; /* it has to have a window */
	int pidfd;
	int signals; /* signalfd */
	sigset_t before; /* the signal mask that programs get */
	int ending_signal; /* a signal that ends us; 0 */

	pid_t look; /* our child that looks for a window; 0: none */
	enum outcome seen; /* what it found */

	long long window; /* when to look again whether its window is there;
	                   * 0: it has shown none */
	bool stays;       /* we have begun to look again */

	pid_t child; /* the second start */
	int status;  /* for wait(2) */
	long long end; /* when it exited (clock_now); 0: it has not */
	bool left;   /* something that it has started still runs */
	struct stat files[FILES]; /* what the program's processes run */
	size_t nfiles;
};

static bool
is_over(const struct start *s)
{
	return owner_ended(s->pidfd);
}

/* Reap children that have exited. */
static void
children_reap(struct start *s)
{
	int status;
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, &status, WNOHANG))) > 0) {
		if (pid == s->look) {
			s->look = 0;
			s->seen = WIFEXITED(status) ?
			    (enum outcome)WEXITSTATUS(status) :
			    OUTCOME_NO_DISPLAY;
		} else if (pid == s->child) {
			s->status = status;
			s->end = clock_now();
		}
	}
}

/* Wait for an event, at most until a moment (clock_now): the exit of a child or
 * of the instance (unless it is over), or a signal. */
static void
event_await(struct start *s, long long until, bool over)
{
	struct pollfd p[] = { { .fd = s->signals, .events = POLLIN },
		{ .fd = s->pidfd, .events = POLLIN } };
	struct signalfd_siginfo info;

	if (io_poll(p, over ? 1 : 2, clock_left(until)) > 0 &&
	    p[0].revents & POLLIN &&
	    read(s->signals, &info, sizeof(info)) == sizeof(info) &&
	    info.ssi_signo != SIGCHLD)
		s->ending_signal = (int)info.ssi_signo;
	children_reap(s);
}

/* Fork a child that looks, and exits with what it has seen (enum outcome).
 * Whether we are that child. */
static bool
look_fork(struct start *s)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != parent)
			_exit(OUTCOME_NO_DISPLAY);
		alarm_begin(false);
		return true;
	}
	s->look = pid > 0 ? pid : 0;
	s->seen = OUTCOME_NO_DISPLAY;
	return false;
}

/* Have a child look for a window of instance i, for wait_ms. */
static void
look_start(struct start *s, const struct instance *i, enum shown_way way,
    int wait_ms)
{
	if (look_fork(s))
		_exit((int)shown_await(i, way, wait_ms, LIMIT_MS));
}

static void
look_stop(struct start *s)
{
	if (s->look)
		kill(s->look, SIGKILL);
	while (s->look)
		event_await(s, clock_now() + KILL_MS, true);
}

/* Wait for the child's result, while the instance lives. */
static enum outcome
look_await(struct start *s)
{
	if (!s->look) /* no process can be forked now */
		event_await(s, clock_now() + OFTEN_MS, false);
	while (s->look && !s->ending_signal && !is_over(s))
		event_await(s, clock_now() + WAIT_MS, false);
	look_stop(s);
	return s->seen;
}

/* Whether the instance has a window, for which we wait so long. */
static enum outcome
window_look(struct start *s, int wait_ms)
{
	struct instance i = *s->i;

	/* Other programs that it has started do not count. */
	i.group = true;
	look_start(s, &i, SHOWN_ANSWERS, wait_ms);
	return look_await(s);
}

/*
 * The first step: wait until the instance is ready.
 *
 * While it starts, its second start would become a second instance.  It has
 * started when it shows a window; some programs get the name by which they are
 * found a moment later.  A program in a tray has that name, but no window.  One
 * that has neither has started if it is some seconds old and idle.
 */

struct age {
	long long began;     /* clock_boot */
	long long busy;      /* when it was last seen to use a processor */
	long long processor; /* how much it has used, clock ticks */
	long long window;    /* since when it has a window (clock_now); 0 */
	bool came;           /* it had none when we looked first */
};

static long long
processor_used(pid_t pid)
{
	enum { UTIME = 14, STIME = 15 }; /* proc(5), stat */
	char stat[1024];
	ssize_t n = -1;

	look_begin();
	if (look_open(pid, "stat") == 0)
		n = look_read(stat, sizeof(stat) - 1);
	look_end();
	stat[n > 0 ? n : 0] = '\0';
	return n > 0 ? proc_stat_num(stat, UTIME) +
	    proc_stat_num(stat, STIME) : 0;
}

static void
age_begin(struct age *a, const struct start *s)
{
	struct proc p;

	*a = (struct age){ .began = look_proc(s->pid, &p) == 0 ?
	    proc_began(&p) : clock_boot(), .busy = clock_now() };
}

/* Whether an instance without a window has started, as far as can be told; there:
 * it has evidence, so that a window is likely to come. */
static bool
has_started(struct age *a, const struct start *s, bool there)
{
	long long age = clock_boot() - a->began, used = 0;
	long long most = there ? WAIT_MS : BARE_MS;
	pid_t pids[FILES];
	size_t n;

	if (age < YOUNG_MS || age >= most)
		return age >= most;
	n = evidence_owners(s->i, pids, FILES, NULL);
	for (size_t k = 0; k < n; k++)
		used += processor_used(pids[k]);
	if (used != a->processor)
		a->busy = clock_now();
	a->processor = used;
	return clock_now() - a->busy >= IDLE_MS;
}

/* Whether evidence may still come to an instance that has a window. */
static bool
may_be_late(struct age *a)
{
	if (!a->window) {
		a->window = clock_now();
		a->came |= clock_boot() - a->began < YOUNG_MS;
	}
	return a->came && clock_now() - a->window < LATE_MS;
}

static bool
has_evidence(const struct start *s)
{
	char buf[256];
	struct text what = text_in(buf, sizeof(buf));

	return s->known || evidence_look(s->i, &what,
	    clock_now() + EVIDENCE_MS) == EVIDENCE_THERE;
}

/* SECOND_TAKEN: start it.  Else the exit status. */
static int
ready_await(struct start *s, bool documents)
{
	long long until = clock_now() + WAIT_MS;
	struct age a;
	enum outcome o;
	bool there, hung = false;

	age_begin(&a, s);
	o = window_look(s, 0);
	a.came = o != OUTCOME_RAISED && o != OUTCOME_HUNG;
	for (;; o = window_look(s, o == OUTCOME_RAISED ? 0 : SELDOM_MS)) {
		if (s->ending_signal)
			return 128 + s->ending_signal;
		if (is_over(s))
			return EXIT_NOANSWER;
		if (!documents && (o == OUTCOME_RAISED || o == OUTCOME_HUNG))
			return SECOND_SHOWN;
		/* A failed look does not mean that it responds again. */
		hung = o == OUTCOME_HUNG || (hung && o == OUTCOME_NO_DISPLAY);
		if (hung && clock_now() >= until)
			return SECOND_HUNG;
		if (hung)
			continue;
		there = has_evidence(s);
		if (documents && there && (!s->visible || o == OUTCOME_RAISED))
			return SECOND_TAKEN;
		if (!documents && (!there || o != OUTCOME_NO_WINDOW))
			return SECOND_NONE;
		if (o == OUTCOME_RAISED ? !may_be_late(&a) :
		    has_started(&a, s, there) || clock_now() >= until)
			return there && !s->visible ? SECOND_TAKEN :
			    SECOND_NONE;
		if (o == OUTCOME_RAISED)
			event_await(s, clock_now() + OFTEN_MS, false);
	}
}

/*
 * The second step: start the program.
 */

/* Where a session preloads the shim it would start the program through onlyone,
 * if there is a rule for it: not this process.  What that starts inherits the
 * variable, but has another pid. */
static void
pass_set(void)
{
	const char *preload = getenv("LD_PRELOAD");
	char digits[24];

	if (preload && strstr(preload, "libonlyone.so"))
		setenv(ENV_PASS, say_num(digits, getpid()), 1);
}

static _Noreturn void
program_exec(const struct start *s, char *words[], int fd)
{
	int err;

	pass_set();
	sigprocmask(SIG_SETMASK, &s->before, NULL);
	execvp(words[0], words);
	err = errno;
	io_write(fd, &err, sizeof(err));
	_exit(err == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC);
}

/* Note the file that a process of the program runs. */
static void
file_note(struct start *s, pid_t pid)
{
	if (s->nfiles < FILES &&
	    look_stat(pid, "exe", &s->files[s->nfiles]) == 0)
		s->nfiles++;
}

static void
files_note(struct start *s)
{
	pid_t pids[FILES - 1];
	size_t n = evidence_owners(s->i, pids, FILES - 1, NULL);

	look_begin();
	for (size_t k = 0; k < n; k++)
		file_note(s, pids[k]);
	look_end();
}

/* Start it.  0; -1: it could not be executed (a message says so). */
static int
program_start(struct start *s, char *words[])
{
	int p[2], err = 0;
	struct fault f;

	files_note(s);
	if (pipe2(p, O_CLOEXEC) < 0 || (s->child = fork()) < 0) {
		err = errno;
	} else if (s->child == 0) {
		program_exec(s, words, p[1]);
	} else {
		io_close(&p[1]);
		if (io_wait(p[0], POLLIN, EXEC_MS) > 0 &&
		    read(p[0], &err, sizeof(err)) != sizeof(err))
			err = 0;
		io_close(&p[0]);
		file_note(s, s->child);
	}
	if (!err)
		return 0;
	fault_errno(&f, EXIT_SYSTEM, err, "execute ", words[0], NULL);
	say_fault(&f);
	return -1;
}

/*
 * The third step: watch it.
 */

/* Whether a process runs a file of the program. */
static bool
is_program(const struct start *s, pid_t pid)
{
	struct stat st;

	if (look_stat(pid, "exe", &st) < 0)
		return false;
	for (size_t k = 0; k < s->nfiles; k++) {
		if (st.st_dev == s->files[k].st_dev &&
		    st.st_ino == s->files[k].st_ino)
			return true;
	}
	return false;
}

/* All that descends from us, without what only looks.  At most cap pids; their
 * number. */
static size_t
below_list(const struct start *s, pid_t *pids, size_t cap)
{
	const pid_t own = getpid();
	const struct instance us = { .pids = &own, .npids = 1 };
	size_t all = tree_list(&us, KIN_DESCENDS, pids, cap), n = 0;

	for (size_t k = 0; k < all; k++) {
		if (pids[k] != own && pids[k] != s->look && !look_is(pids[k]))
			pids[n++] = pids[k];
	}
	return n;
}

/* Whether there is no child of ours, and so nothing that descends from us. */
static bool
is_childless(const struct start *s)
{
	siginfo_t info;

	return !s->look &&
	    waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) < 0 &&
	    errno == ECHILD;
}

/* Whether the program still runs after the second start has exited: as a fork
 * of it, or in a script's child, which may not have executed it yet. */
static bool
is_left(const struct start *s)
{
	pid_t pids[PIDS];
	bool left = false;
	size_t n;

	if (is_childless(s))
		return false;
	look_begin();
	n = below_list(s, pids, PIDS);
	for (size_t k = 0; k < n && !left; k++)
		left = is_program(s, pids[k]);
	look_end();
	return left || (n && clock_now() - s->end < LEAVE_MS);
}

/* Send a signal to all that descends from us. */
static void
below_signal(const struct start *s, int sig)
{
	pid_t pids[PIDS];
	size_t n = below_list(s, pids, PIDS);
	int fd;

	for (size_t k = 0; k < n; k++) {
		fd = owner_pidfd(pids[k]);
		/* It may have exited since, and its pid been reused. */
		if (fd >= 0 && proc_descends(pids[k], getpid()))
			owner_end(fd, sig);
		io_close(&fd);
	}
}

/* End all that we have started. */
static void
below_end(struct start *s)
{
	long long until = clock_now() + END_MS;

	look_stop(s);
	below_signal(s, SIGTERM);
	while (!is_childless(s) && clock_now() < until)
		event_await(s, clock_in(OFTEN_MS, until), true);
	until = clock_now() + KILL_MS;
	while (!is_childless(s) && clock_now() < until) {
		below_signal(s, SIGKILL);
		event_await(s, clock_in(OFTEN_MS, until), true);
	}
}

/* Have a child look for a window of ours, up to a moment. */
static void
own_look(struct start *s, long long until)
{
	const pid_t own = getpid();
	const struct instance us = { .pids = &own, .npids = 1,
		.mark = s->i->mark, .run = s->i->run };

	look_start(s, &us, SHOWN_ANY, clock_left(until));
}

static bool
has_window(const struct start *s)
{
	return s->seen == OUTCOME_RAISED || s->seen == OUTCOME_HUNG;
}

/* Whether the second start has exited, and nothing of the program is left. */
static bool
has_ended(struct start *s, long long until)
{
	if (s->end && !s->left) {
		/* Without the child that looks: it costs nothing to see that
		 * there is no other one. */
		look_stop(s);
		if (is_childless(s))
			return true;
		s->left = true;
		if (!has_window(s))
			own_look(s, until);
	}
	return s->end && !is_left(s);
}

/* The instance has ended: wait for the second start, which is the next one.  If
 * it exits soon, without a window, it has only handed over, to a program that
 * was about to exit: the documents may be lost. */
static int
next_await(struct start *s)
{
	long long soon = clock_now() + REOPEN_MS;

	while (!s->ending_signal && !has_ended(s, soon))
		event_await(s, clock_now() + (s->end ? SELDOM_MS : WAIT_MS),
		    true);
	if (s->ending_signal)
		return 128 + s->ending_signal;
	return clock_now() < soon && !has_window(s) ? EXIT_NOANSWER :
	    proc_status(s->status);
}

/* Whether a window that was seen is there after a while: some programs show
 * theirs for a moment before they hand over (retext on a small screen). */
static bool
window_stays(struct start *s, long long until)
{
	if (!s->window)
		s->window = clock_now() + FLASH_MS;
	else if (s->stays)
		return true;
	if (clock_now() >= s->window) {
		s->stays = true;
		own_look(s, until);
	}
	return false;
}

/* The result of the second start, while the instance lives; EXIT_NOANSWER: that
 * has exited, or is about to. */
static int
second_watch(struct start *s, int limit_ms)
{
	long long until = clock_now() + limit_ms;

	own_look(s, until);
	while (!is_over(s)) {
		if (s->ending_signal)
			return 128 + s->ending_signal;
		if (has_ended(s, until))
			return s->status ? SECOND_FAILED : SECOND_TAKEN;
		if (has_window(s) && window_stays(s, until))
			/* If the instance is just ending, it is the next
			 * one's. */
			return owner_ending(s->pidfd, s->pid) ?
			    EXIT_NOANSWER : SECOND_WINDOW;
		if (clock_now() >= until)
			return SECOND_STAYED;
		event_await(s, s->end || has_window(s) ?
		    clock_in(OFTEN_MS, until) : until, false);
	}
	return EXIT_NOANSWER;
}

static void
signals_take(struct start *s)
{
	static const int end[] = { SIGHUP, SIGINT, SIGTERM, SIGCHLD };
	sigset_t set;

	sigemptyset(&set);
	for (size_t k = 0; k < sizeof(end) / sizeof(*end); k++)
		sigaddset(&set, end[k]);
	signal(SIGCHLD, SIG_DFL);
	sigprocmask(SIG_BLOCK, &set, &s->before);
	s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* RAISED: a window of the instance names its document, or will soon. */
static enum outcome
titles_await(const struct instance *i)
{
	long long until = clock_now() + TITLE_MS;
	char titles[4096];
	struct text t;

	alarm_set(TITLE_MS + LIMIT_MS);
	do {
		t = text_in(titles, sizeof(titles));
		closing_titles(i, &t);
		if (title_names(titles, i->document) == TITLE_NAME)
			return OUTCOME_RAISED;
		clock_sleep(1000L * OFTEN_MS);
	} while (clock_now() < until);
	return OUTCOME_NO_WINDOW;
}

/* Whether the last document is open in the instance, although its second start
 * failed: with wxWidgets that always exits with 255. */
static bool
is_open(struct start *s, const struct instance *i)
{
	if (look_fork(s))
		_exit((int)titles_await(i));
	return look_await(s) == OUTCOME_RAISED;
}

static void
document_raise(struct start *s, const struct instance *i)
{
	if (look_fork(s)) {
		alarm_set(LIMIT_MS);
		_exit((int)ways_raise_seen(i, KIN_MARKED,
		    clock_now() + LIMIT_MS));
	}
	look_await(s);
}

int
second_start(const struct second_wish *w, char *documents[])
{
	struct start s = { .i = w->instance, .pid = w->instance->pids[0],
		.known = w->known, .visible = w->visible };
	struct instance shows = *w->instance; /* the last document */
	char **words = documents - 1;
	int status;

	for (char **at = documents; *at; at++)
		shows.document = *at;
	s.pidfd = owner_pidfd(s.pid);
	if (s.pidfd < 0)
		return EXIT_NOANSWER;
	signals_take(&s);
	status = ready_await(&s, *documents);
	if (status != SECOND_TAKEN)
		return status;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	/* The instance's pid comes before the documents. */
	words[0] = (char *)w->program;
	if (program_start(&s, words) < 0)
		return SECOND_FAILED;
	status = second_watch(&s, *documents ? TAKE_MS : REOPEN_MS);
	if (status == SECOND_FAILED && WIFEXITED(s.status) && *documents &&
	    is_open(&s, &shows))
		status = SECOND_TAKEN;
	if (status == SECOND_TAKEN && *documents && !w->idle)
		document_raise(&s, &shows);
	if (status == EXIT_NOANSWER || is_over(&s))
		status = next_await(&s);
	else if (status != SECOND_TAKEN && status != SECOND_FAILED)
		below_end(&s);
	look_stop(&s);
	return status;
}
