/*
 * killat_stop.c: what a stop of a tracee means: a fork, an exec, a call that is
 * counted, and the one that is meant.
 */
#include <sys/ptrace.h>
#include <sys/wait.h>

#include <signal.h>
#include <stdio.h>

#include "tests/chaos/killat.h"

static void
go_on(const struct tracee *t, int status, int deliver)
{
	bool stopped = status >> 16 == PTRACE_EVENT_STOP &&
	    WSTOPSIG(status) != SIGTRAP;
	bool look = t->role != OTHER && (want.what == LIST || is_target(t));

	/* A group stop stays one. */
	ptrace(stopped ? PTRACE_LISTEN : look || want.index >= 0 || want.pid ?
	    PTRACE_SYSCALL : PTRACE_CONT, t->pid, NULL, (long)deliver);
}

/* A fork: whose, and who is new.  It may have stopped before we heard. */
static void
fork_take(const struct tracee *t, int event)
{
	unsigned long msg;
	struct tracee *new;

	if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &msg) < 0)
		return;
	new = add((pid_t)msg);
	child_role(t, new, event);
	if (new->born)
		go_on(new, 0, 0);
}

/* false: it is no process of ours any more, and has gone. */
static bool
exec_take(struct tracee *t)
{
	enum role role = role_of(t->pid);
	bool was = t->role != OTHER;

	if (t->pid == command && !t->calls && !was && want.index >= 0 &&
	    role == OTHER)
		role = LAUNCH; /* whatever it is called */
	if (role == OTHER && !was)
		return true;
	if (role == OTHER) {
		over |= t->pid == command;
		ptrace(PTRACE_DETACH, t->pid, NULL, 0L);
		t->ended = true;
		return false;
	}
	role_set(t, role);
	return true;
}

/* A process of ours enters or leaves a call; hit: the N-th has been.  true: this
 * is that one, and the process has been killed or let go. */
static bool
call_take(struct tracee *t, bool hit)
{
	struct __ptrace_syscall_info info = { .op = 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return false;
	t->calls++;
	if (want.what == LIST) {
		printf("%s.%d %ld\n", roles[t->role], t->k, t->calls);
		fflush(stdout);
	} else if (!hit && t->calls == want.n) {
		if (want.what == KILL) {
			kill(t->pid, SIGKILL);
			return true;
		}
		/* It must not be killed, but stop on its own: only so it can
		 * go on. */
		all = 0; /* from here on it takes what time it takes */
		printf("%d\n", (int)t->pid);
		fflush(stdout);
		kill(t->pid, SIGSTOP);
		ptrace(PTRACE_DETACH, t->pid, NULL, 0L);
		return true;
	}
	return false;
}

bool
stop_take(struct tracee *t, int status, bool hit)
{
	int sig = WSTOPSIG(status), event = status >> 16, deliver = 0;

	if (!t->born) {
		t->born = true;
		if (!t->known)
			return false; /* goes on when its parent has told */
	}
	if (sig == (SIGTRAP | 0x80)) {
		if (t->role != OTHER &&
		    (want.what == LIST || is_target(t)) && call_take(t, hit))
			return true;
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		fork_take(t, event);
	} else if (event == PTRACE_EVENT_EXEC) {
		bool target = is_target(t);

		if (!exec_take(t))
			return target && !hit;
	} else if (!event) {
		deliver = sig;
	}
	go_on(t, status, deliver);
	return false;
}
