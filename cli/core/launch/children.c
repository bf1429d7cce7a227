/*
 * children.c: the programs that a launch stays beside, as their parent.
 *
 * All signals are blocked, and read from a signalfd.  SIGCHLD makes us reap the
 * children; any other but SIGURG goes to each living child, unless the terminal
 * has sent it to them already.  With `keep` an ended child stays a zombie,
 * whose status the keeper can read, until children_bury.
 */
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/launch/children.h"

enum { PAUSE_US = 5000 };

int
children_listen(struct children *c)
{
	sigset_t all;

	sigemptyset(&c->seen);
	c->hung_up = false;
	sigfillset(&all);
	c->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return c->signals < 0 ? -1 : 0;
}

/* The number of living children. */
static size_t
children_left(const struct children *c)
{
	size_t left = 0;

	for (size_t i = 0; i < c->n; i++)
		left += c->at[i].pid > 0;
	return left;
}

static void
children_signal(struct children *c, int sig)
{
	if (sig == SIGCONT && c->stays && c->stays(c->arg))
		return;
	for (size_t i = 0; i < c->n; i++) {
		if (c->at[i].pid > 0)
			kill(c->at[i].pid, sig);
	}
}

/* Whether the terminal, not a process, sent the signal: then the children,
 * which are in our group, have it already. */
static bool
from_terminal(const struct signalfd_siginfo *si)
{
	return si->ssi_code == SI_KERNEL &&
	    (si->ssi_signo != SIGHUP || getsid(0) != getpid());
}

/* The terminal stopped a child: we stop too, so that the shell sees it, and
 * continue the children when we are continued.  If a process stopped the child
 * (SIGSTOP), that process has to continue it. */
static void
stop_along(struct children *c, int sig)
{
	if (sig == SIGSTOP)
		return;
	kill(getpid(), SIGSTOP);
	children_signal(c, SIGCONT);
}

static void
child_note(struct children *c, struct child *child, int status)
{
	if (WIFSTOPPED(status)) {
		stop_along(c, WSTOPSIG(status));
	} else {
		child->status = status;
		child->pid = 0;
	}
}

/* The wait(2) status for what waitid(2) has stored. */
static int
status_of(const siginfo_t *si)
{
	switch (si->si_code) {
	case CLD_EXITED:
		return W_EXITCODE(si->si_status, 0);
	case CLD_DUMPED:
		return si->si_status | WCOREFLAG;
	case CLD_KILLED:
		return si->si_status;
	default:
		return W_STOPCODE(si->si_status);
	}
}

/* Look at each child without reaping it.  A stop is consumed, so that it is
 * reported only once. */
static void
children_look(struct children *c)
{
	for (size_t i = 0; i < c->n; i++) {
		siginfo_t si = { .si_pid = 0 };
		struct child *child = &c->at[i];

		if (child->pid <= 0)
			continue;
		if (waitid(P_PID, (id_t)child->pid, &si, WEXITED | WNOHANG |
		    WNOWAIT) == 0 && si.si_pid) {
			child->zombie = child->pid;
			child_note(c, child, status_of(&si));
		} else if (waitid(P_PID, (id_t)child->pid, &si, WSTOPPED |
		    WNOHANG) == 0 && si.si_pid) {
			child_note(c, child, status_of(&si));
		}
	}
}

/* The program that executed us in this process may have left children, too:
 * reap them.  Stop at the first that is ours: it stays a zombie, and waitid
 * would report it again and again. */
static void
strangers_reap(const struct children *c)
{
	siginfo_t si;

	for (;;) {
		si.si_pid = 0;
		if (waitid(P_ALL, 0, &si, WEXITED | WNOHANG | WNOWAIT) < 0 ||
		    !si.si_pid)
			return;
		for (size_t i = 0; i < c->n; i++) {
			if (c->at[i].pid == si.si_pid ||
			    c->at[i].zombie == si.si_pid)
				return;
		}
		waitpid(si.si_pid, NULL, 0);
	}
}

static void
children_reap(struct children *c)
{
	int status = 0;
	pid_t pid;

	if (c->keep) {
		strangers_reap(c);
		children_look(c);
		return;
	}
	while ((pid = (pid_t)IO_RETRY(waitpid(-1, &status,
	    WNOHANG | WUNTRACED))) > 0) {
		for (size_t i = 0; i < c->n; i++) {
			if (c->at[i].pid == pid)
				child_note(c, &c->at[i], status);
		}
	}
}

void
children_bury(struct children *c)
{
	for (size_t i = 0; i < c->n; i++) {
		if (c->at[i].zombie > 0)
			IO_RETRY(waitpid(c->at[i].zombie, NULL, 0));
		c->at[i].zombie = 0;
	}
}

void
children_take(struct children *c, void (*late)(void *, int), void *arg)
{
	struct signalfd_siginfo si;

	while (read(c->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			children_reap(c);
			continue;
		}
		if (si.ssi_code == SI_TIMER && c->heard) {
			c->heard(c->arg);
			continue;
		}
		sigaddset(&c->seen, (int)si.ssi_signo);
		c->hung_up |= si.ssi_signo == SIGHUP && si.ssi_code ==
		    SI_KERNEL;
		if (si.ssi_signo == SIGURG || from_terminal(&si))
			continue;
		else if (children_left(c))
			children_signal(c, (int)si.ssi_signo);
		else if (late)
			late(arg, (int)si.ssi_signo);
	}
}

void
children_wait(struct children *c)
{
	struct pollfd p[2];

	while (children_left(c)) {
		p[0] = (struct pollfd){ c->signals, POLLIN, 0 };
		p[1] = (struct pollfd){ c->heard ? *c->also : -1, POLLIN, 0 };
		if (io_poll(p, 2, -1) < 0)
			clock_sleep(PAUSE_US); /* poll failed; the children run
			                        * on */
		if (p[1].revents)
			c->heard(c->arg);
		children_take(c, NULL, NULL);
	}
}
