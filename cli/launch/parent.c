/*
 * parent.c: a launch that has to stay beside its program.
 *
 * Nothing should stand between a program and whoever launched it, so a launch
 * becomes its program wherever it can.  It stays for -W, which ends only with
 * the instance, heirs included, and where the keeper would become the
 * application's child (pid 1 of a container, a subreaper).  Then it passes on
 * every signal that was meant for the program, stops when that stops, reaps
 * what falls to it, and ends as the program ended.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/launch/launch.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/owner.h"

enum { BRIEF_MS = 1000 }; /* a program that only starts others */

bool
parent_needed(void)
{
	int reaper = 0;

	return getpid() == 1 ||
	    (prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper);
}

pid_t
parent_fork(struct launch *l, int *go)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, chld;
	sigset_t all;
	int ends[2];
	char byte;
	pid_t pid;

	*go = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	/* Nothing sent to us from here on is lost: it waits for the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &l->mask);
	/* Whoever ignores SIGCHLD learns of no child's end. */
	sigaction(SIGCHLD, &dfl, &chld);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		if (io_read(ends[0], &byte, 1) != 1)
			_exit(0); /* it came to nothing */
		close(ends[0]);
		sigaction(SIGCHLD, &chld, NULL);
		sigprocmask(SIG_SETMASK, &l->mask, NULL);
		return 0;
	}
	close(ends[0]);
	*go = ends[1];
	if (pid < 0)
		parent_forget(l, go);
	return pid;
}

void
parent_forget(struct launch *l, int *go)
{
	int err = errno;

	if (*go < 0)
		return;
	io_close(go); /* the child ends by that */
	while (IO_RETRY(waitpid(-1, NULL, 0)) > 0)
		;
	sigprocmask(SIG_SETMASK, &l->mask, NULL);
	errno = err;
}

void
parent_go(int *go)
{
	io_write(*go, "", 1);
	io_close(go);
}

struct parent {
	struct launch *l;
	pid_t child; /* 0: has ended */
	int status;  /* its wait status */
	int signals;
};

/* The heir of the child that has ended: signals are for it now. */
static void
heir_signal(struct parent *p, int sig)
{
	struct info info;
	struct buf record;
	int folder, pidfd;

	if (p->l->root.fd < 0)
		return;
	buf_init(&record, NULL, 0);
	folder = folder_peek(&p->l->root, p->l->slot.name);
	if (folder >= 0 && info_read(folder, &record, &info) == 0 &&
	    owner_open(&info.owner, &pidfd) == OWNER_ALIVE) {
		owner_signal(pidfd, sig);
		io_close(&pidfd);
	}
	io_close(&folder);
	buf_free(&record);
}

/* Whether the terminal, not a process, sent it: then the child, which is in
 * our group, has it already. */
static bool
from_terminal(const struct signalfd_siginfo *si)
{
	return si->ssi_code == SI_KERNEL &&
	    (si->ssi_signo != SIGHUP || getsid(0) != getpid());
}

static void
signal_pass(struct parent *p, const struct signalfd_siginfo *si)
{
	if (from_terminal(si))
		return;
	if (p->child)
		kill(p->child, (int)si->ssi_signo);
	else
		heir_signal(p, (int)si->ssi_signo);
}

/* The terminal stopped the child: so that the shell sees it, we stop too, and
 * it continues with us.  A child that was stopped by a process is that
 * process's to continue. */
static void
stop_along(struct parent *p, int sig)
{
	if (sig == SIGSTOP)
		return;
	kill(getpid(), SIGSTOP);
	if (p->child)
		kill(p->child, SIGCONT);
}

static void
children_reap(struct parent *p)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (pid != p->child)
			continue;
		if (WIFSTOPPED(status)) {
			stop_along(p, WSTOPSIG(status));
		} else {
			p->status = status;
			p->child = 0;
		}
	}
}

static void
signals_take(struct parent *p)
{
	struct signalfd_siginfo si;

	while (read(p->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			children_reap(p);
		else if (si.ssi_signo != SIGURG)
			signal_pass(p, &si);
	}
}

/* End as the child did: whoever waits for us sees the same status. */
static int
status_mimic(int status)
{
	struct rlimit none = { 0, 0 };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t one;

	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	setrlimit(RLIMIT_CORE, &none); /* the core is the child's */
	sigaction(WTERMSIG(status), &sa, NULL);
	sigemptyset(&one);
	sigaddset(&one, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	kill(getpid(), WTERMSIG(status));
	return 128 + WTERMSIG(status); /* pid 1 does not die of it */
}

int
parent_stay(struct launch *l, pid_t child, long long since)
{
	struct parent p = { .l = l, .child = child };
	long long began = clock_now();
	struct fault f;
	sigset_t all;
	int fd = -1, r = 0;

	sigfillset(&all);
	p.signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (p.signals < 0) {
		while (IO_RETRY(waitpid(child, &p.status, 0)) < 0)
			;
		return status_mimic(p.status);
	}
	while (p.child && io_wait(p.signals, POLLIN, -1) > 0)
		signals_take(&p);
	while ((r = watch_instance(&l->root, &l->slot, since, &fd, p.signals,
	    l->argc, l->argv, &f)) == 1) {
		if (root_open(&l->root, &f) == 0)
			signals_take(&p);
	}
	if (r < 0)
		say_fault(&f);
	else if (clock_now() - began < BRIEF_MS)
		leftover_tell(l, true);
	io_close(&fd);
	return status_mimic(p.status);
}
