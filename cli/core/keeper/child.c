/*
 * child.c: fork a child of the keeper that is to execute another program, with
 * the signals, limits and environment that the instance began with.
 */
#include <signal.h>
#include <unistd.h>

#include "cli/core/keeper/child.h"
#include "cli/core/keeper/state.h"

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

	/* The child ignores SIGHUP, as we do, until signals_reset has run. A
	 * blocked SIGHUP is not lost: it stays pending until then. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &mask);
	pid = fork();
	if (pid == 0) {
		/* First: when the caller goes away, this group gets SIGHUP. */
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
