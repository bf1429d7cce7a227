/*
 * child.c: a child of the keeper that is about to be another program: with the
 * signals, limits and environment that the instance began with.
 */
#include <signal.h>
#include <unistd.h>

#include "cli/keeper/child.h"
#include "cli/keeper/state.h"

static void
signals_reset(const struct keeper *k)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int sig = 1; sig < NSIG; sig++) {
		if (sig != SIGKILL && sig != SIGSTOP &&
		    !sigismember(&k->born.ignored, sig))
			sigaction(sig, &sa, NULL);
	}
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t
child_fork(struct keeper *k)
{
	sigset_t all, mask;
	pid_t pid;

	/* The child ignores HUP as we do until it has its own dispositions;
	 * one that is blocked meanwhile is kept for it. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	pid = fork();
	if (pid == 0) {
		/* First of all: its caller may go away, and HUP come, this
		 * moment. */
		setpgid(0, 0);
		signals_reset(k);
		claim_restore(k->c);
		return 0;
	}
	if (pid > 0)
		setpgid(pid, pid);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return pid;
}
