/*
 * killat.c: kill -9 a process exactly before its N-th system call.
 *
 * killat INDEX N COMMAND [ARG...]
 *	COMMAND is process 0; what it forks, and what that forks, are 1, 2 … in
 *	order.  Process INDEX is killed as it enters its N-th system call (its
 *	exec of COMMAND is the call before the first).  An exec of something
 *	else ends the count: from there on it is no process of ours.
 * killat -s INDEX N COMMAND [ARG...]
 *	The same, but it is stopped, as its N-th call returns, and goes on
 *	untraced, as all others do; its pid goes to standard output.
 * killat =PID N COMMAND [ARG...]
 *	The process PID, running already, is killed as it enters its N-th call
 *	from now on, while COMMAND runs.
 *
 * Status 0: killed.  Then all others go on untraced, and COMMAND's end is waited
 * for; with =PID its status goes to standard output as a number, 128+N for
 * signal N.  (With -s it is not waited for.)  3: there was no N-th call: it ended, became
 * something else, or COMMAND did and all have been idle for half a second.
 * 4: it took longer than 20 seconds.
 */
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 64, KILLED = 0, WRONG = 2, NO_CALL = 3, SLOW = 4 };

enum { OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

struct tracee {
	pid_t pid;
	bool counts; /* it is a process of ours by now */
};

static struct tracee list[MANY];
static int known;

static int ticks; /* half seconds since the last stop of anybody */

static void
on_tick(int sig)
{
	static int all;

	(void)sig;
	ticks++;
	if (++all > 40)
		_exit(SLOW); /* the kernel lets all tracees go */
}

static struct tracee *
find(pid_t pid)
{
	for (int i = 0; i < known; i++) {
		if (list[i].pid == pid)
			return &list[i];
	}
	return NULL;
}

static struct tracee *
add(pid_t pid)
{
	struct tracee *t = find(pid);

	if (t)
		return t;
	if (known == MANY)
		exit(WRONG);
	t = &list[known];
	t->pid = pid;
	known++;
	return t;
}

/* Fork COMMAND; it waits at the pipe until a byte comes. */
static pid_t
command_fork(char *argv[], int *go)
{
	char byte;
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0 || (pid = fork()) < 0)
		exit(WRONG);
	if (pid == 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) != 1)
			_exit(WRONG);
		close(ends[0]);
		execvp(*argv, argv);
		_exit(127);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static void
command_go(int go)
{
	if (write(go, "g", 1) != 1)
		exit(WRONG);
	close(go);
}

static int
number(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

/*
 * One stop of a tracee.  True: it has entered a system call.  It goes on with
 * go_on().
 */
static bool
stop_take(struct tracee *t, int status, int *deliver)
{
	int sig = WSTOPSIG(status), event = status >> 16;
	struct __ptrace_syscall_info info = { .op = 0 };
	unsigned long msg;

	*deliver = 0;
	if (sig == (SIGTRAP | 0x80))
		return ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info),
		    &info) > 0 && info.op == PTRACE_SYSCALL_INFO_ENTRY;
	switch (event) {
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &msg) == 0)
			add((pid_t)msg);
		break;
	case 0:
		*deliver = sig;
		break;
	}
	return false;
}

static void
go_on(pid_t pid, int status, int deliver)
{
	bool stopped = status >> 16 == PTRACE_EVENT_STOP &&
	    WSTOPSIG(status) != SIGTRAP;

	/* A group stop stays one. */
	ptrace(stopped ? PTRACE_LISTEN : PTRACE_SYSCALL, pid, NULL,
	    (long)deliver);
}

/* It must not be killed, but stop on its own: only so it can go on. */
static int
stop_leave(pid_t pid)
{
	printf("%d\n", (int)pid);
	fflush(stdout);
	kill(pid, SIGSTOP);
	ptrace(PTRACE_DETACH, pid, NULL, 0L);
	return KILLED;
}

/* Process index is killed; the others go on untraced. */
static int
kill_and_leave(int index, pid_t first)
{
	int status, deliver;
	pid_t pid;

	kill(list[index].pid, SIGKILL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (!WIFSTOPPED(status)) {
			if (pid == first)
				break;
			continue;
		}
		stop_take(add(pid), status, &deliver);
		ptrace(PTRACE_DETACH, pid, NULL, (long)deliver);
	}
	return KILLED;
}

static int
kill_index(int index, long n, bool stop, char *argv[])
{
	int go, status, deliver, execs = 0;
	pid_t first = command_fork(argv, &go), pid;
	bool over = false; /* COMMAND has ended or is something else */
	long calls = 0;

	add(first);
	if (ptrace(PTRACE_SEIZE, first, NULL, (long)OPTIONS) < 0)
		return WRONG;
	/* Count from the exec on; it has to be stopped for that. */
	if (ptrace(PTRACE_INTERRUPT, first, NULL, NULL) < 0)
		return WRONG;
	command_go(go);
	for (;;) {
		struct tracee *t;

		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR && !(over && ticks > 1))
			continue;
		if (pid < 0)
			return NO_CALL;
		ticks = 0;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			t = find(pid);
			if (t && t - list == index)
				return NO_CALL;
			over |= pid == first;
			continue;
		}
		t = add(pid); /* its stop may come before its parent's */
		if (status >> 16 == PTRACE_EVENT_EXEC) {
			if (t->pid == first && !execs++) {
				t->counts = true;
			} else {
				t->counts = false;
				if (t - list == index)
					return NO_CALL;
				over |= pid == first;
				ptrace(PTRACE_DETACH, pid, NULL, 0L);
				continue;
			}
		}
		if (pid != first)
			t->counts = true;
		if (stop_take(t, status, &deliver) && t->counts &&
		    t - list == index && ++calls == n) {
			return stop ? stop_leave(pid) :
			    kill_and_leave(index, first);
		}
		go_on(pid, status, deliver);
	}
}

static int
kill_pid(pid_t target, long n, char *argv[])
{
	int go, status, deliver, result = NO_CALL, said = -1;
	pid_t command = command_fork(argv, &go), pid;
	bool begun = false;
	long calls = 0;

	if (ptrace(PTRACE_SEIZE, target, NULL,
	    (long)PTRACE_O_TRACESYSGOOD) < 0 ||
	    ptrace(PTRACE_INTERRUPT, target, NULL, NULL) < 0)
		return WRONG;
	add(target);
	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == command) {
				said = number(status);
				break;
			}
			continue;
		}
		if (!begun) {
			begun = true;
			command_go(go);
		}
		if (stop_take(&list[0], status, &deliver) && ++calls == n) {
			kill(pid, SIGKILL);
			result = KILLED;
			continue;
		}
		go_on(pid, status, deliver);
	}
	printf("%d\n", said);
	return result;
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_tick };
	struct itimerval half = { { 0, 500000 }, { 0, 500000 } };
	bool stop = argc > 1 && !strcmp(argv[1], "-s");
	long n;

	argc -= stop;
	argv += stop;
	if (argc < 4 || (n = atol(argv[2])) < 1) {
		fputs("usage: killat [-s] INDEX|=PID N COMMAND [ARG...]\n",
		    stderr);
		return WRONG;
	}
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &half, NULL);
	if (*argv[1] == '=')
		return kill_pid(atoi(argv[1] + 1), n, argv + 3);
	return kill_index(atoi(argv[1]), n, stop, argv + 3);
}
