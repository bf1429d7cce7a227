/*
 * killat.c: kill or stop one process of ours exactly at its N-th system call.
 *
 * killat [-s] [-p PID] TARGET N COMMAND [ARG...]
 *	TARGET is one of the processes that come of COMMAND:
 *	INDEX	COMMAND is 0; what is forked, by that or others, 1, 2 … in order
 *	raise.1	the first that has executed onlyone-raise
 *	=PID	a process that runs already; COMMAND's end is waited for, and its
 *		status printed as a number, 128+N for signal N
 *	It is killed -9 as it enters its N-th call (its exec is the call before
 *	the first).  -s: it is stopped, as its N-th call returns, and its pid goes
 *	to standard output.  All others go on untraced.
 * killat -l [-p PID] COMMAND [ARG...]
 *	Lists the calls of raise.1: "raise.1 N".
 *
 * -p: PID, running already, is one of the processes.  An exec of something else
 * ends the count: from there on it is no process of ours.  Status 0: done, and
 * COMMAND has ended (with -s it need not).  2: it cannot.  3: there was no N-th
 * call: it ended, became something else, or COMMAND did and all have been idle
 * for half a second.  4: it took longer than 90 seconds.
 */
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 4096, DONE = 0, WRONG = 2, NO_CALL = 3, SLOW = 4 };
enum { TICK_US = 100000, IDLE = 5, LIMIT = 900 };
enum { OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

struct tracee {
	pid_t pid;
	bool born;    /* it has stopped for the first time */
	bool known;   /* from whom it comes */
	bool ended;
	bool ours, raise;
	long calls;
};

static struct want {
	enum { KILL, STOP, LIST } what;
	int index;       /* -1: by pid, or raise.1 */
	pid_t pid;
	long n;
} want = { .index = -1 };

static int all;       /* ticks since the beginning */
static int ticks;     /* since the last stop of anybody */
static pid_t command;
static bool over;     /* COMMAND has ended or is something else */
static bool ended;    /* COMMAND has, with the status said */
static int said;
static bool raised;   /* somebody has been raise.1 */
static struct tracee list[MANY];
static int known, order[MANY], indexes; /* how many; those by INDEX */

static struct tracee *
tracee_of(pid_t pid)
{
	for (int i = 0; i < known; i++) {
		if (list[i].pid == pid && !list[i].ended)
			return &list[i];
	}
	if (known == MANY)
		exit(WRONG);
	list[known].pid = pid;
	return &list[known++];
}

static bool
is_target(const struct tracee *t)
{
	if (want.pid)
		return t->pid == want.pid;
	return want.index < 0 ? t->raise :
	    want.index < indexes && order[want.index] == t - list;
}

static void
go_on(const struct tracee *t, int status, int deliver)
{
	bool stopped = status >> 16 == PTRACE_EVENT_STOP &&
	    WSTOPSIG(status) != SIGTRAP;
	bool look = t->raise || want.index >= 0 || want.pid;

	/* A group stop stays one. */
	ptrace(stopped ? PTRACE_LISTEN : look ? PTRACE_SYSCALL : PTRACE_CONT,
	    t->pid, NULL, (long)deliver);
}

/* A fork: who is new.  It may have stopped before we heard. */
static void
fork_take(const struct tracee *t)
{
	unsigned long msg;
	struct tracee *new;

	if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &msg) < 0)
		return;
	new = tracee_of((pid_t)msg);
	new->known = true;
	new->ours = t->ours;
	order[indexes++] = (int)(new - list);
	if (new->born)
		go_on(new, 0, 0);
}

/* false: it is no process of ours any more, and has gone. */
static bool
exec_take(struct tracee *t)
{
	char path[64], name[32] = "";
	bool was = t->ours;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", (int)t->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, name, sizeof(name) - 1) < 0)
		name[0] = '\0';
	close(fd);
	t->ours = !strncmp(name, "onlyone", 7);
	t->raise = !raised && !strcmp(name, "onlyone-raise\n");
	raised |= t->raise;
	if (t->ours)
		t->calls = 0;
	if (t->ours || !was)
		return true;
	over |= t->pid == command;
	ptrace(PTRACE_DETACH, t->pid, NULL, 0L);
	t->ended = true;
	return false;
}

/* The target enters or leaves a call; hit: the N-th has been.  true: this is
 * that one, and the process has been killed or let go. */
static bool
call_take(struct tracee *t, bool hit)
{
	struct __ptrace_syscall_info info = { .op = 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	t->calls++;
	if (want.what == LIST) {
		printf("raise.1 %ld\n", t->calls);
		return false;
	}
	if (hit || t->calls != want.n)
		return false;
	if (want.what == KILL) {
		kill(t->pid, SIGKILL);
		return true;
	}
	/* It must not be killed, but stop on its own: only so it can go on. */
	all = 0; /* from here on it takes what time it takes */
	printf("%d\n", (int)t->pid);
	fflush(stdout);
	kill(t->pid, SIGSTOP);
	ptrace(PTRACE_DETACH, t->pid, NULL, 0L);
	return true;
}

/* After a stop; hit: the N-th call has been.  The tracee goes on, or has gone;
 * true: the others can be left. */
static bool
stop_take(struct tracee *t, int status, bool hit)
{
	int sig = WSTOPSIG(status), event = status >> 16, deliver = 0;
	bool target = is_target(t);

	if (!t->born) {
		t->born = true;
		if (!t->known)
			return false; /* goes on when its parent has told */
	}
	if (sig == (SIGTRAP | 0x80)) {
		if (t->ours && target && call_take(t, hit))
			return true;
	} else if (event && event <= PTRACE_EVENT_CLONE) { /* or a fork */
		fork_take(t);
	} else if (event == PTRACE_EVENT_EXEC && !exec_take(t)) {
		return target && !hit;
	} else if (!event) {
		deliver = sig;
	}
	go_on(t, status, deliver);
	return false;
}

static void
on_tick(int sig)
{
	(void)sig;
	ticks++;
	/* The kernel lets all tracees go. */
	if (++all > LIMIT)
		_exit(SLOW);
}

/* Fork COMMAND; it waits until the pipe *go is closed. */
static pid_t
command_fork(char *argv[], int *go)
{
	int ends[2];
	char byte;
	pid_t pid;

	if (pipe(ends) < 0 || (pid = fork()) < 0)
		exit(WRONG);
	if (pid == 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 0)
			execvp(*argv, argv);
		_exit(127);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

/* One that has stopped goes on without us. */
static void
leave(pid_t pid, int status)
{
	bool ours = status >> 16 || WSTOPSIG(status) == (SIGTRAP | 0x80);

	ptrace(PTRACE_DETACH, pid, NULL, ours ? 0L : (long)WSTOPSIG(status));
}

/* Those that have stopped before their parents' forks were told. */
static void
strays_leave(void)
{
	for (int i = 0; i < known; i++) {
		if (list[i].born && !list[i].known && !list[i].ended) {
			ptrace(PTRACE_DETACH, list[i].pid, NULL, 0L);
			list[i].known = true;
		}
	}
}

static struct tracee *
attach(pid_t pid)
{
	struct tracee *t = tracee_of(pid);

	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		exit(WRONG);
	t->known = true;
	return t;
}

/* An attached one comes first; it stops before COMMAND begins. */
static int
hunt(char *argv[], pid_t attached)
{
	int go, status;
	bool hit = false, leaving = false, waiting = attached;
	struct tracee *t;
	pid_t pid;

	command = command_fork(argv, &go);
	if (attached)
		attach(attached)->ours = true;
	order[indexes++] = (int)(attach(command) - list);
	if (!waiting)
		close(go);
	for (;;) {
		if (leaving)
			strays_leave();
		if (leaving && (ended ||
		    (!want.pid && (want.what != KILL || !hit))))
			break;
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			break;
		if (pid < 0) {
			leaving |= over && ticks > IDLE;
			continue;
		}
		ticks = 0;
		t = tracee_of(pid);
		if (!WIFSTOPPED(status)) {
			if (pid == command) {
				over = ended = true;
				said = WIFEXITED(status) ? WEXITSTATUS(status)
				    : 128 + WTERMSIG(status);
			}
			leaving |= is_target(t) && want.what != LIST;
			t->ended = true;
			continue;
		}
		if (waiting && !t->born && pid != command) {
			waiting = false;
			close(go);
		}
		if (leaving) {
			leave(pid, status);
			continue;
		}
		leaving = stop_take(t, status, hit);
		hit |= is_target(t) && t->calls >= want.n;
	}
	if (want.pid)
		printf("%d\n", ended ? said : -1);
	return hit || want.what == LIST ? DONE : NO_CALL;
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_tick };
	pid_t attached = 0;
	int opt;

	while ((opt = getopt(argc, argv, "+slp:")) != -1) {
		switch (opt) {
		case 's': want.what = STOP; break;
		case 'l': want.what = LIST; break;
		case 'p': attached = atoi(optarg); break;
		default: return WRONG;
		}
	}
	argv += optind;
	if (want.what != LIST) {
		if (argc - optind < 3 || (want.n = atol(argv[1])) < 1)
			return WRONG;
		if (**argv == '=')
			attached = want.pid = atoi(*argv + 1);
		else if (strcmp(*argv, "raise.1") != 0)
			want.index = atoi(*argv);
		argv += 2;
	}
	if (!*argv)
		return WRONG;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL,
	    &(struct itimerval){ { 0, TICK_US }, { 0, TICK_US } }, NULL);
	return hunt(argv, attached);
}
