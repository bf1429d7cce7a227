/*
 * fork.c: a child that is to be the program, and waits for the word.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/fault.h"
#include "cli/io.h"
#include "cli/launch/fork.h"
#include "cli/say.h"
#include "preload/contract.h"

/* By errno; its status is the child's to give. */
static void
fork_failed(void)
{
	struct fault f;

	fault_errno(&f, EXIT_SYSTEM, errno, "cannot start the program", NULL);
	say_fault(&f);
}

pid_t
fork_begin(struct born *b, int *go)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t all;
	int ends[2];
	ssize_t got;
	char byte;
	pid_t pid;

	early_gate();
	*go = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	/* Nothing sent to us from here on is lost: it waits for the child. */
	if (!b->blocked) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &b->mask);
		/* Whoever ignores SIGCHLD learns of no child's end. */
		sigaction(SIGCHLD, &dfl, &b->chld);
		b->blocked = true;
	}
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		got = io_read(ends[0], &byte, 1);
		if (got < 0)
			fork_failed();
		if (got != 1)
			_exit(EXIT_SYSTEM); /* it came to nothing */
		close(ends[0]);
		sigaction(SIGCHLD, &b->chld, NULL);
		sigprocmask(SIG_SETMASK, &b->mask, NULL);
		b->blocked = false;
		return 0;
	}
	close(ends[0]);
	*go = ends[1];
	if (pid < 0)
		fork_forget(b, go, pid);
	return pid;
}

void
fork_forget(struct born *b, int *go, pid_t child)
{
	int err = errno;

	if (*go < 0)
		return;
	io_close(go); /* the child ends by that */
	/* Only this one: a shell that has become us may have other children. */
	if (child > 0)
		IO_RETRY(waitpid(child, NULL, 0));
	sigaction(SIGCHLD, &b->chld, NULL);
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
	b->blocked = false;
	errno = err;
}

void
fork_go(const struct launch *l, int *go)
{
	/* What it starts and leaves falls to us, from its first moment on; but
	 * not our keeper, which is there already.  So it is found where the
	 * cluster's key is lost. */
	if (l->o->terms.lifetime == LIFETIME_TREE || l->lease.owner)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (io_write(*go, "", 1) < 0 && errno != EPIPE)
		fork_failed();
	io_close(go);
}
