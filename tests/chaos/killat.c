/*
 * killat.c: kill or stop one process of ours exactly at its N-th system call.
 *
 * killat [-s] [-p PID]... TARGET N COMMAND [ARG...]
 *	TARGET is one of the processes that come of COMMAND:
 *	INDEX	COMMAND is 0; what is forked, by that or others, 1, 2 … in order
 *	ROLE.K	the K-th of a role, from 1 on: launch, ctl and raise have
 *		executed onlyone, onlyonectl, onlyone-raise; spawn is what forks
 *		a keeper; take has executed onlyone-cluster; beside is forked by
 *		that, or by what is; child by another of ours
 *	=PID	a process that is running already
 *	It is killed -9 as it enters its N-th call (its exec is the call before
 *	the first).  -s: it is stopped, as its N-th call returns, and goes on
 *	untraced, as all others do; its pid goes to standard output.
 * killat -l [-p PID]... COMMAND [ARG...]
 *	Lists the calls: "ROLE.K N".
 *
 * -p: PID, running already, is one of the processes, before all others.
 * With =PID, COMMAND's end is waited for, and its status printed as a number,
 * 128+N for signal N.
 *
 * An exec of something else ends the count: from there on it is no process of
 * ours.  Status 0: done.  Then all others go on untraced, and COMMAND's end is
 * waited for (with -s alone it is not).  3: there was no N-th call: it ended,
 * became something else, or COMMAND did and all have been idle for half a
 * second.  4: it took longer than 90 seconds.
 */
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/chaos/killat.h"

enum { TICK_US = 100000, IDLE = 5, LIST_IDLE = 2, LIMIT = 900 };

enum { OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

struct want want = { .index = -1 };
int all;
pid_t command;
bool over;

static int ticks;   /* since the last stop of anybody */
static bool ended;  /* COMMAND has: */
static int said;

static void
on_tick(int sig)
{
	(void)sig;
	ticks++;
	/* The kernel lets all tracees go. */
	if (++all > LIMIT)
		_exit(SLOW);
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

/* Let it go. */
static void
leave(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	ptrace(PTRACE_DETACH, pid, NULL, event || sig == (SIGTRAP | 0x80) ?
	    0L : (long)sig);
}

/* Those that have stopped before their parents' forks were told. */
static void
strays_leave(void)
{
	for (int i = 0; i < known; i++) {
		if (!list[i].born || list[i].known || list[i].ended)
			continue;
		ptrace(PTRACE_DETACH, list[i].pid, NULL, 0L);
		list[i].known = true;
	}
}

static struct tracee *
attach(pid_t pid)
{
	struct tracee *t = add(pid);

	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		exit(WRONG);
	t->known = true;
	return t;
}

/* Whether it can be let be: nothing more comes of it. */
static bool
quiet(void)
{
	return over && ticks > (want.what == LIST ? LIST_IDLE : IDLE);
}

static int
hunt(char *argv[], const pid_t *pids, int npids)
{
	int go, status, waiting = npids, result = NO_CALL;
	bool hit = false, leaving = false;
	struct tracee *t;
	pid_t pid;

	/* Attached ones come first; they stop before COMMAND begins. */
	command = command_fork(argv, &go);
	for (int i = 0; i < npids; i++) {
		t = attach(pids[i]);
		role_set(t, role_of(pids[i]));
		if (t->role == OTHER)
			role_set(t, LAUNCH);
	}
	t = attach(command);
	order[indexes++] = (int)(t - list);
	if (!waiting)
		command_go(go);
	for (;;) {
		if (leaving)
			strays_leave();
		if (leaving && (ended || (!want.pid &&
		    (want.what == STOP || result == NO_CALL))))
			break;
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			break;
		if (pid < 0) {
			if (!leaving && quiet())
				leaving = true;
			continue;
		}
		ticks = 0;
		t = find(pid);
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == command) {
				over = ended = true;
				said = number(status);
			}
			if (!t)
				continue;
			if (is_target(t) && want.what != LIST)
				leaving = true;
			t->ended = true;
			continue;
		}
		t = add(pid);
		if (waiting && !t->born && pid != command && --waiting == 0)
			command_go(go);
		if (leaving) {
			leave(pid, status);
			continue;
		}
		leaving = stop_take(t, status, hit);
		if (!hit && want.what != LIST && is_target(t) &&
		    t->calls >= want.n) {
			hit = true;
			result = DONE;
		}
	}
	if (want.pid)
		printf("%d\n", ended ? said : -1);
	return want.what == LIST ? DONE : result;
}

static void
usage(void)
{
	fputs("usage: killat [-s] [-p PID]... TARGET N COMMAND [ARG...]\n"
	      "       killat -l [-p PID]... COMMAND [ARG...]\n", stderr);
	exit(WRONG);
}

static void
target_parse(const char *word)
{
	const char *dot = strchr(word, '.');

	if (*word == '=') {
		want.pid = atoi(word + 1);
	} else if (dot) {
		for (int r = LAUNCH; r < ROLES; r++) {
			if (!strncmp(word, roles[r], strlen(roles[r])) &&
			    word + strlen(roles[r]) == dot)
				want.role = (enum role)r;
		}
		want.k = atoi(dot + 1);
		if (want.role == OTHER || want.k < 1)
			usage();
	} else {
		want.index = atoi(word);
	}
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_tick };
	struct itimerval tick = { { 0, TICK_US }, { 0, TICK_US } };
	pid_t pids[64];
	int opt, npids = 0;

	while ((opt = getopt(argc, argv, "+slp:")) != -1) {
		switch (opt) {
		case 's': want.what = STOP; break;
		case 'l': want.what = LIST; break;
		case 'p':
			if (npids == 63)
				usage();
			pids[npids++] = atoi(optarg);
			break;
		default: usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (want.what != LIST) {
		if (argc < 3 || (want.n = atol(argv[1])) < 1)
			usage();
		target_parse(argv[0]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 1)
		usage();
	if (want.pid)
		pids[npids++] = want.pid;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	return hunt(argv, pids, npids);
}
