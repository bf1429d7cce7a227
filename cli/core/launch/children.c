/*
 * children.c: a child that waits until it may become the program, and the
 * programs that a launch stays with as their parent.
 *
 * All signals are blocked, and read from a signalfd.  SIGCHLD makes us reap the
 * children; any other but SIGURG goes to each living child, unless the terminal
 * has sent it to them already.  With `keep` a child that exited stays a zombie,
 * so that the keeper can read its status.
 */
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/say.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/streams.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

unsigned int
born_closed(void)
{
	struct pollfd p[3] = { { 0, 0, 0 }, { 1, 0, 0 }, { 2, 0, 0 } };
	unsigned int closed = 0;

	io_poll(p, 3, 0);
	for (int i = 0; i <= 2; i++) {
		if (p[i].revents & POLLNVAL &&
		    open("/dev/null", O_RDWR | O_CLOEXEC) == i)
			closed |= 1U << i;
	}
	return closed;
}

/* Print errno. */
static void
fork_failed(void)
{
	struct fault f;

	fault_errno(&f, EXIT_SYSTEM, errno, "cannot start the program", NULL);
	say_fault(&f);
}

void
signals_block(struct born *b)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &b->mask);
	/* With SIGCHLD ignored no child's status could be read. */
	sigaction(SIGCHLD, &dfl, &b->chld);
}

void
signals_restore(const struct born *b)
{
	sigaction(SIGCHLD, &b->chld, NULL);
	sigprocmask(SIG_SETMASK, &b->mask, NULL);
}

/* --background: ^C or ^Z in the caller's terminal must not reach the program,
 * nor a launch that stays as its parent.  Do this no earlier: after `stty
 * tostop` the terminal stops a background group that writes, which would keep
 * the caller waiting. */
static void
background_part(struct born *b)
{
	if (b->tell_fd && !b->apart)
		b->apart = setpgid(0, 0) == 0;
}

pid_t
fork_begin(struct born *b, int *go)
{
	long long word[2];
	int ends[2];
	ssize_t got;
	pid_t pid;

	*go = -1;
	/* Not a pipe: if the child was killed, SIGPIPE would be pending, and
	 * forwarded. */
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	/* From here on signals to us stay pending, to be forwarded to the
	 * child. */
	signals_block(b);
	background_part(b);
	pid = fork();
	if (pid == 0) {
		close(ends[1]);
		got = io_read(ends[0], word, sizeof(word));
		if (got < 0)
			fork_failed();
		if (got != sizeof(word)) {
			/* The parent gave up (fork_forget), or was killed: so
			 * is this process.  A launch that joins it must not
			 * take an exit status of ours for the program's. */
			kill(getpid(), SIGKILL);
			_exit(EXIT_SYSTEM);
		}
		b->since = word[0];
		b->index = (int)word[1];
		close(ends[0]);
		signals_restore(b);
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
	signals_restore(b);
	errno = err;
}

void
fork_go(struct launch *l, int *go)
{
	const long long word[2] = { l->meeting.claim.info.since,
		l->place.slot.index };

	/* The program's orphans become our children, so that we find them when
	 * the tree ends.  The keeper was forked before, and is not affected. */
	if (l->o->terms.lifetime == LIFETIME_TREE)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (sock_send(*go, word, sizeof(word), NULL, 0) < 0 &&
	    errno != EPIPE) {
		fork_failed();
		l->born.unstarted = true;
	}
	io_close(go);
	background_leave(&l->born);
}

/*
 * --background.  The pipe closes when each process of the launch has executed
 * its program, or exited.  A keeper does not have it: it closes inherited
 * descriptors.
 */

int
background_begin(struct born *b, int *status, struct fault *f)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL }, chld;
	unsigned char code;
	pid_t pid, parent;
	int ends[2], ended;

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
		b->tell_fd = ends[1];
		/* A launch still waiting exits with its caller. */
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
		if (code || *status < 0) /* -d: each document reports */
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

	if (!b->tell_fd)
		return;
	prctl(PR_SET_PDEATHSIG, 0);
	background_part(b);
	io_write(b->tell_fd, &byte, 1);
}

void
background_leave(struct born *b)
{
	struct fault f;

	if (!b->tell_fd)
		return;
	prctl(PR_SET_PDEATHSIG, 0);
	background_part(b);
	/* If that fails it keeps its caller waiting, and can print its
	 * messages. */
	streams_give(b, NULL, &f);
	io_close(&b->tell_fd);
	b->tell_fd = 0;
}

enum { PAUSE_US = 5000 };

int
children_listen(struct children *c)
{
	sigset_t all;

	sigemptyset(&c->seen);
	sigemptyset(&c->missed);
	sigemptyset(&c->late);
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
	for (size_t i = 0; i < c->n; i++) {
		pid_t pid = c->at[i].pid;

		if (pid <= 0)
			continue;
		if (proc_dying(pid))
			sigaddset(&c->missed, sig);
		kill(pid, sig);
		if (proc_dying(pid))
			sigaddset(&c->late, sig);
	}
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

/* The wait(2) status for a result of waitid(2). */
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
children_take(struct children *c, void (*late)(void *, int), void *arg)
{
	struct signalfd_siginfo si;
	bool lived = children_left(c);

	/* Signals after the last child's exit are not for it: leave them for
	 * the next call. */
	while ((!lived || children_left(c)) &&
	    read(c->signals, &si, sizeof(si)) == sizeof(si)) {
		if (si.ssi_signo == SIGCHLD) {
			children_reap(c);
			continue;
		}
		sigaddset(&c->seen, (int)si.ssi_signo);
		if (si.ssi_signo == SIGURG || io_from_terminal(&si))
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
	while (children_left(c)) {
		if (io_wait(c->signals, POLLIN, -1) < 0)
			clock_sleep(PAUSE_US); /* poll failed; the children keep
			                        * running */
		children_take(c, NULL, NULL);
	}
}
