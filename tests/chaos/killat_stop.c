/*
 * killat_stop.c: what a stop of a tracee means: a fork, an exec, a call that is
 * counted, and the one that is meant.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

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

static void
call_list(const struct tracee *t, long nr)
{
	const struct call *c = call_find(nr);

	printf("%s.%d %ld ", roles[t->role], t->k, t->calls);
	if (c)
		printf("%s %s\n", c->name, c->errors);
	else
		printf("%ld\n", nr);
	fflush(stdout);
}

/* The call that it enters is not made: it will have failed. */
static void
call_fail(struct tracee *t, long nr)
{
	t->failing = true;
	failing++;
	if (nr != SYS_close) /* that closes, whatever it says */
		ptrace(PTRACE_POKEUSER, t->pid, offsetof(struct user,
		    regs.orig_rax), -1L);
}

static bool
fails_too(long nr)
{
	static const int shortages[] = { EMFILE, ENFILE, ENOMEM, ENOSPC };
	const struct call *c = call_find(nr);

	if (nr == want.number)
		return true;
	for (size_t i = 0; c && i < sizeof(shortages) / sizeof(int); i++) {
		if (want.error == shortages[i])
			return has_error(c, strerrorname_np(want.error));
	}
	return false;
}

/* A process of ours enters or leaves a call; hit: the N-th has been. */
static enum next
call_take(struct tracee *t, bool hit)
{
	struct __ptrace_syscall_info info = { .op = 0 };
	long nr;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, t->pid, sizeof(info), &info) <= 0)
		return GO_ON;
	if (info.op == PTRACE_SYSCALL_INFO_EXIT && t->failing) {
		ptrace(PTRACE_POKEUSER, t->pid, offsetof(struct user,
		    regs.rax), (long)-want.error);
		t->failing = false;
		failing--;
		return want.what == FAIL ? LEAVE_ALL : GO_ON;
	}
	if (info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return GO_ON;
	nr = (long)info.entry.nr;
	t->calls++;
	if (want.what == LIST) {
		call_list(t, nr);
	} else if (hit && want.what == FAIL_ON) {
		if (fails_too(nr))
			call_fail(t, nr);
	} else if (!hit && t->calls == want.n) {
		switch (want.what) {
		case KILL:
			kill(t->pid, SIGKILL);
			return LEFT;
		case STOP:
			/* It must not be killed, but stop on its own: only so
			 * it can go on. */
			all = 0; /* from here on it takes what time it takes */
			printf("%d\n", (int)t->pid);
			fflush(stdout);
			kill(t->pid, SIGSTOP);
			ptrace(PTRACE_DETACH, t->pid, NULL, 0L);
			return LEFT;
		default:
			want.unfit = !call_find(nr) || !has_error(
			    call_find(nr), strerrorname_np(want.error));
			if (want.unfit)
				return LEAVE_ALL;
			want.number = nr;
			want.since = all;
			if (want.named) {
				printf("%s\n", call_find(nr)->name);
				fflush(stdout);
			}
			call_fail(t, nr);
			return GO_ON;
		}
	}
	return GO_ON;
}

enum next
stop_take(struct tracee *t, int status, bool hit)
{
	int sig = WSTOPSIG(status), event = status >> 16, deliver = 0;
	enum next next = GO_ON;

	if (!t->born) {
		t->born = true;
		if (!t->known)
			return GO_ON; /* goes on when its parent has told */
	}
	if (sig == (SIGTRAP | 0x80)) {
		if (t->role != OTHER &&
		    (want.what == LIST || is_target(t)))
			next = call_take(t, hit);
	} else if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK ||
	    event == PTRACE_EVENT_CLONE) {
		fork_take(t, event);
	} else if (event == PTRACE_EVENT_EXEC) {
		bool target = is_target(t);

		if (!exec_take(t))
			return target && !hit ? LEAVE_ALL : GO_ON;
	} else if (!event) {
		deliver = sig;
	}
	if (next == LEFT)
		return LEAVE_ALL;
	if (next == LEAVE_ALL)
		ptrace(PTRACE_DETACH, t->pid, NULL, 0L);
	else
		go_on(t, status, deliver);
	return next;
}
