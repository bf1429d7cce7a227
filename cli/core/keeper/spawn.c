/*
 * spawn.c: start a background process that is not our child.
 *
 * A double fork whose first child, the helper, shares our memory: half the cost
 * of two forks.  The helper's exit signal is 0, so that the application cannot
 * inherit a pending SIGCHLD (it could if the caller blocked that signal).  The
 * second child has a copy of our memory and runs on the helper's stack.  The
 * helper only calls the system: what it changed in libc would be changed for us.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "cli/core/keeper/spawn.h"

/* Used for the whole life of the new process; untouched pages cost nothing. */
enum { STACK = 1 << 20 };
static char stack[STACK] __attribute__((aligned(16)));

struct spawn {
	void (*run)(void *);
	void *arg;
	int without;
	int err;
};

static int
helper_run(void *arg)
{
	struct spawn *s = arg;
	long pid;

	if (s->without >= 0)
		close(s->without); /* not ours: the helper has its own table */
	pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

	if (pid == 0) {
		s->run(s->arg);
		_exit(0);
	}
	if (pid < 0)
		s->err = errno;
	return 0;
}

int
spawn_orphan(void (*run)(void *), void *arg, int without)
{
	struct spawn s = { run, arg, without, 0 };
	sigset_t all, mask;
	int pid;

	/* A ^C must not reach the child before it has left our process
	 * group. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	pid = clone(helper_run, stack + STACK, CLONE_VM | CLONE_VFORK, &s);
	if (pid < 0)
		s.err = errno;
	else
		waitpid(pid, NULL, __WALL);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	errno = s.err;
	return s.err ? -1 : 0;
}
