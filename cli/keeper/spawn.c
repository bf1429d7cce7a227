/*
 * spawn.c: a background process that is nobody's child.
 *
 * A double fork whose first half shares our memory: half the cost of two
 * forks.  Its exit signal is 0, so that the application cannot inherit a
 * pending SIGCHLD (it could, where the caller blocked that signal).  The
 * second half copies our memory and goes on running on the helper's stack.
 */
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/keeper/spawn.h"

/* For the whole life of the new process; untouched pages cost nothing. */
enum { STACK = 1 << 20 };
static char stack[STACK] __attribute__((aligned(16)));

struct spawn {
	void (*run)(void *);
	void *arg;
	int without;
	int err;
};

static int
helper(void *arg)
{
	struct spawn *s = arg;
	long pid;

	if (s->without >= 0)
		close(s->without); /* of our own table */
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

	/* A ^C must not find it in our group before it has left. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	pid = clone(helper, stack + STACK, CLONE_VM | CLONE_VFORK, &s);
	if (pid < 0)
		s.err = errno;
	else
		IO_RETRY(waitpid(pid, NULL, __WALL));
	sigprocmask(SIG_SETMASK, &mask, NULL);
	errno = s.err;
	return s.err ? -1 : 0;
}
