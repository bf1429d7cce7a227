/*
 * children.c: the programs that a launch stays beside, as their parent.
 */
#include <sys/signalfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/launch/children.h"

int
children_listen(struct children *c)
{
	sigset_t all;

	sigfillset(&all);
	c->signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	return c->signals < 0 ? -1 : 0;
}

size_t
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
	for (size_t i = 0; i < c->n; i++) {
		if (c->at[i].pid > 0)
			kill(c->at[i].pid, sig);
	}
}

/* Whether the terminal, not a process, sent it: then the children, which are
 * in our group, have it already. */
static bool
from_terminal(const struct signalfd_siginfo *si)
{
	return si->ssi_code == SI_KERNEL &&
	    (si->ssi_signo != SIGHUP || getsid(0) != getpid());
}

/* The terminal stopped a child: so that the shell sees it, we stop too, and
 * they continue with us.  A child that was stopped by a process is that
 * process's to continue. */
static void
stop_along(struct children *c, int sig)
{
	if (sig == SIGSTOP)
		return;
	kill(getpid(), SIGSTOP);
	children_signal(c, SIGCONT);
}

static void
children_reap(struct children *c)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		for (size_t i = 0; i < c->n; i++) {
			if (c->at[i].pid != pid)
				continue;
			if (WIFSTOPPED(status)) {
				stop_along(c, WSTOPSIG(status));
			} else {
				c->at[i].status = status;
				c->at[i].pid = 0;
			}
		}
	}
}

void
children_take(struct children *c, void (*late)(void *, int), void *arg)
{
	struct signalfd_siginfo si;

	while (read(c->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD)
			children_reap(c);
		else if (si.ssi_signo == SIGURG || from_terminal(&si))
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
	while (children_left(c) && io_wait(c->signals, POLLIN, -1) > 0)
		children_take(c, NULL, NULL);
}
