/*
 * child.c: fork a child of the keeper to execute another program.
 */
#include <sys/resource.h>

#include <unistd.h>

#include "cli/core/keeper/child.h"
#include "cli/core/keeper/state.h"

static void
signals_reset(const struct keeper *k, int blocked)
{
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t mask;

	for (int sig = 1; sig < NSIG; sig++) {
		if (sig != SIGKILL && sig != SIGSTOP &&
		    !sigismember(&k->born.ignored, sig))
			sigaction(sig, &sa, NULL);
	}
	sigemptyset(&mask);
	if (blocked)
		sigaddset(&mask, blocked);
	sigprocmask(SIG_SETMASK, &mask, NULL);
}

pid_t
child_fork(struct keeper *k, int blocked)
{
	pid_t pid = fork();

	if (pid == 0) {
		/* When the caller of a handler goes away, its group gets
		 * SIGHUP. */
		setpgid(0, 0);
		signals_reset(k, blocked);
		claim_restore(k->c);
		setrlimit(RLIMIT_NOFILE, &k->born.files);
	}
	return pid;
}
