/*
 * child.c: fork a child of the keeper to execute another program; choose the
 * descriptors that a process of ours keeps.
 */
#include <sys/resource.h>
#include <sys/syscall.h>

#include <bsd/unistd.h>
#include <unistd.h>

#include "cli/core/keeper/child.h"
#include "cli/core/keeper/state.h"

/*
 * Descriptors.  A keeper keeps only its own; its child only those that it
 * needs.  A child that waits, or may block, must keep neither the slot's lock
 * nor a client's connection open.
 */

static void
range_close(unsigned int from, unsigned int to)
{
	if (syscall(SYS_close_range, from, to, 0) == 0)
		return;
	/* Before Linux 5.9. */
	if (to == ~0U)
		closefrom((int)from);
	else
		for (; from <= to; from++)
			close((int)from);
}

void
fds_keep(unsigned int from, const int *fds, size_t n)
{
	for (;;) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < n; i++) {
			unsigned int fd = (unsigned int)fds[i];

			if (fds[i] >= 0 && fd >= from && fd < next)
				next = fd;
		}
		if (next == ~0U)
			break;
		if (next > from)
			range_close(from, next - 1);
		from = next + 1;
	}
	range_close(from, ~0U);
}

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
	pid_t pid = fork();

	if (pid == 0) {
		/* When the caller of a handler goes away, its group gets
		 * SIGHUP. */
		setpgid(0, 0);
		signals_reset(k);
		claim_restore(k->c);
		setrlimit(RLIMIT_NOFILE, &k->born.files);
	}
	return pid;
}
