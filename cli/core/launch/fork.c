/*
 * fork.c: a child that is to be the program, and waits until it may run.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "cli/core/early/gate.h"
#include "cli/base/fault.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/core/launch/fork.h"
#include "cli/base/say.h"
#include "preload/contract.h"

/*
 * Descriptors that the caller had closed.
 */

unsigned int
born_closed(void)
{
	struct pollfd p[3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 } };
	unsigned int closed = 0;

	if (poll(p, 3, 0) <= 0)
		return 0;
	for (int i = 0; i <= 2; i++) {
		if (p[i].revents & POLLNVAL &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) == i)
			closed |= 1U << i;
	}
	return closed;
}

/* Print errno.  The launch ends with the child's exit status. */
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
	/* From here on signals to us stay pending, to be forwarded to the
	 * child. */
	if (!b->blocked) {
		sigfillset(&all);
		sigprocmask(SIG_SETMASK, &all, &b->mask);
		/* With SIGCHLD ignored no child's status could be read. */
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
			_exit(EXIT_SYSTEM); /* the parent gave up:
			                     * fork_forget */
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
	io_close(go); /* so the child exits */
	/* Only this child: a shell that executed us may have others. */
	if (child > 0)
		IO_RETRY(waitpid(child, NULL, 0));
	sigaction(SIGCHLD, &b->chld, NULL);
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
	b->blocked = false;
	errno = err;
}

void
fork_go(struct launch *l, int *go)
{
	/* What the program starts and leaves becomes our child, so that it is
	 * found when the tree ends or the cluster's key is lost.  The keeper
	 * was forked before, and is not affected. */
	if (l->o->terms.lifetime == LIFETIME_TREE || l->lease.owner)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (io_write(*go, "", 1) < 0 && errno != EPIPE)
		fork_failed();
	io_close(go);
	background_leave(&l->born);
}

/*
 * --background.  The pipe ends when each process of the launch has executed its
 * program, or ended.  A keeper does not have it: it closes what it inherits.
 */

BEHIND_GATE int
background_begin(struct born *b, int *status, struct fault *f)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, chld;
	unsigned char code;
	pid_t pid, parent;
	int ends[2], ended;

	early_gate();
	parent = getpid();
	if (pipe2(ends, O_CLOEXEC) < 0)
		return *status = fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot start in the background", NULL);
	/* With SIGCHLD ignored no child's status could be read. */
	sigaction(SIGCHLD, &dfl, &chld);
	pid = fork();
	if (pid == 0) {
		sigaction(SIGCHLD, &chld, NULL);
		close(ends[0]);
		b->told = ends[1];
		/* What is typed to end or stop the caller is not for the
		 * program; but a launch still waiting ends with the caller. */
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(EXIT_SYSTEM);
		return 0;
	}
	close(ends[1]);
	if (pid < 0)
		return *status = fault_errno(f, EXIT_SYSTEM, errno,
		    "cannot start in the background", NULL);
	*status = -1;
	while (io_read(ends[0], &code, 1) == 1) {
		if (code || *status < 0) /* -d: each document tells */
			*status = code;
	}
	if (*status < 0) {
		IO_RETRY(waitpid(pid, &ended, 0));
		*status = proc_status(ended);
	}
	return 1;
}

void
background_tell(struct born *b, int code)
{
	unsigned char byte = (unsigned char)code;

	if (!b->told)
		return;
	prctl(PR_SET_PDEATHSIG, 0);
	io_write(b->told, &byte, 1);
}

void
background_leave(struct born *b)
{
	if (!b->told)
		return;
	prctl(PR_SET_PDEATHSIG, 0);
	io_close(&b->told);
	b->told = 0;
}
