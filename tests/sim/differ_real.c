/*
 * differ_real.c: the real kernel.
 *
 * Each actor is a process; a futex tells it that it is its turn.
 *
 * When it sleeps, the others may act.  The kernel wakes it within the call of
 * another one that wakes it: after that it is no longer asleep, though it may not
 * have run yet.  So no result depends on how fast it runs.
 */
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>

#include <dirent.h>
#include <err.h>
#include <grp.h>
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>

#include "tests/sim/differ.h"

/* The driver's own descriptors begin here, with the memory that is shared. */
enum { SHARED_FD = 200, STUCK_MS = 60000 };

/* What libc has not, or otherwise. */
#define getcwd(buf, cap) syscall(SYS_getcwd, buf, cap)
#define futex(at, what, value, limit) \
	syscall(SYS_futex, at, what, value, limit)
#define CALL(type, name, params, args)                                      \
	static long real_##name params                                      \
	{                                                                   \
		long r = (long)(type)name args;                             \
                                                                            \
		return r == -1 ? -errno : r;                                \
	}
#include "tests/sim/calls.h"
#undef CALL

static const struct calls real_calls = {
#define CALL(type, name, params, args) .name = real_##name,
#include "tests/sim/calls.h"
#undef CALL
	.exit = _exit,
};

/* Shared with the actors. */
static struct {
	int turn[ACTORS]; /* a futex: 1 while the actor is to do its step */
	int begun[ACTORS]; /* 1: it does */
	struct step step[ACTORS];
	char out[ACTORS][ANSWER];
	char hints[ACTORS][HINTS];
	unsigned long seen[SEEN];
} *shared;
char (*hints)[HINTS];

static struct actor self;
static void real_handler(int sig) { self.handled[sig]++; }

/* Wait, but not for long, while it is whose turn it was. */
static bool
turn_is(int i, int whose)
{
	static const struct timespec limit = { 0, MS };

	futex(&shared->turn[i], FUTEX_WAIT, whose, &limit);
	return __atomic_load_n(&shared->turn[i], __ATOMIC_SEQ_CST) == whose;
}

static void
turn_give(int i, int whose)
{
	__atomic_store_n(&shared->turn[i], whose, __ATOMIC_SEQ_CST);
	futex(&shared->turn[i], FUTEX_WAKE, 1, NULL);
}

static _Noreturn void
actor_run(void)
{
	struct step s;

	for (;;) {
		while (turn_is(self.me, 0))
			;
		s = shared->step[self.me]; /* a child needs it longer */
		self.child = false;
		self.len = 0;
		self.out = shared->out[self.me];
		self.hint = shared->hints[self.me];
		*self.out = '\0';
		__atomic_store_n(&shared->begun[self.me], 1, __ATOMIC_SEQ_CST);
		op_run(&self, &s);
		if (self.child)
			continue;
		handled_say(&self, &s);
		turn_give(self.me, 0);
	}
}

static void
self_begin(int me)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED,
	    SHARED_FD, 0);
	if (shared == MAP_FAILED)
		err(2, "mmap");
	hints = shared->hints;
	self = (struct actor){ .k = &real_calls, .handler = real_handler,
		.me = me, .seen = shared->seen };
}

void
actor_again(int me)
{
	self_begin(me);
	turn_give(me, 0);
	actor_run();
}

static void
actor_begin(void)
{
	static const struct sigaction plain;
	struct rlimit l = { LIMIT, LIMIT };

	close_range(0, SHARED_FD - 1, 0);
	setsid();
	/* Not sigaction(3), which reserves two signals: make(1) ignores
	 * them. */
	for (int sig = 1; sig < SIGNALS; sig++)
		syscall(SYS_rt_sigaction, sig, &plain, NULL, SIGNALS / 8);
	setrlimit(RLIMIT_NOFILE, &l);
	if (run_uid && (setgroups(0, NULL) || setgid(run_uid) || setuid(run_uid)))
		_exit(99);
	prctl(PR_SET_DUMPABLE, 1);
	actor_run();
}

/* What a file of its folder in /proc begins with, cap - 1 bytes. */
static char *
proc_read(int i, const char *name, char *text, size_t cap)
{
	int fd;
	ssize_t n;

	snprintf(text, cap, "/proc/%d/%s", FIRST_PID + i, name);
	fd = open(text, O_RDONLY);
	n = fd < 0 ? 0 : read(fd, text, cap - 1);
	text[n > 0 ? n : 0] = '\0';
	close(fd);
	return text;
}

/* The state in /proc; -: none; X: init has to reap it, and does at once. */
static char
real_state(int i)
{
	char text[200], *at;

	at = strchr(proc_read(i, "stat", text, sizeof(text)), ')');
	return !at ? '-' : at[2] == 'Z' && atoi(at + 4) == 1 ? 'X' : at[2];
}

/* In a call, and off the processor for good: a state that it only prepares, as while
 * wait(2) still looks for a child, does not count. */
static bool
real_sleeps(int i)
{
	char text[200];

	return strchr("0123456789", *proc_read(i, "syscall", text, sizeof(text))) &&
	    *text && real_state(i) == 'S';
}

static void
real_give(int i, const struct step *s)
{
	shared->step[i] = *s;
	shared->begun[i] = 0;
	turn_give(i, 1);
}

/* An exiting process holds the kernel's process lock until all are notified;
 * wait(2) waits for that; then init reaps. */
static enum life
real_dead(int i)
{
	siginfo_t info;

	waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
	shared->turn[i] = 0;
	for (int j = 0; j < ACTORS; j++)
		while (real_state(j) == 'X')
			usleep(20);
	return DEAD;
}

static enum life
real_look(int i, char *answer)
{
	bool begun, sleeps = shared->step[i].waits && !shared->step[i].passes;
	char state;

	*answer = '\0';
	for (int ms = 0; turn_is(i, 1); ms++) {
		begun = __atomic_load_n(&shared->begun[i], __ATOMIC_SEQ_CST);
		state = real_state(i);
		if (strchr("ZX-", state))
			return real_dead(i);
		if ((sleeps && begun && state == 'S' && real_sleeps(i) &&
		    turn_is(i, 1)) || ms > STUCK_MS)
			return SLEEPS;
	}
	strcpy(answer, shared->out[i]);
	return LIVES;
}

static void
real_begin(void)
{
	int fd = memfd_create(SHARED, 0);

	if (dup2(fd, SHARED_FD) < 0 || close(fd) ||
	    ftruncate(SHARED_FD, sizeof(*shared)))
		err(2, "memfd");
	self_begin(0);
	if (mkdir(FOLDER, 0755) || chown(FOLDER, run_uid, run_uid) || chdir(FOLDER))
		err(2, "%s", FOLDER);
	if (dprintf(open("/proc/sys/kernel/pid_max", O_WRONLY), "%d", FIRST_PID + ACTORS) < 0
	    || dprintf(open("/proc/sys/kernel/ns_last_pid", O_WRONLY), "%d", FIRST_PID - 1) < 0)
		err(77, "pids cannot be chosen");
	if (fork() == 0)
		actor_begin();
}

struct side real = { .begin = real_begin, .give = real_give, .look = real_look };
