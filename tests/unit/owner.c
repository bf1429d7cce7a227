/*
 * owner.c: a recorded owner is found again, and nobody else for it.
 *
 * Processes are this one and children that wait to be killed.  A number that
 * is used again comes about in two ways: by changing one part of a record,
 * and, where we may choose pids (root), truly.  A build with TEST_POINTS goes
 * through all of it once more as on Linux 5.4, where the start time decides.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/look.h"
#include "cli/core/slot/owner.h"
#include "tests/unit/tap.h"

enum { PIDNS_FIRST = 0xEFFFFFFC, TICKS_MS = 30, PATIENCE_MS = 60000 };

static const char *age; /* what the claims begin with */
static bool pidfs; /* there are inodes that tell pidfds apart */

static const char *const state_name[] = {
    [OWNER_ALIVE] = "alive",
    [OWNER_DEAD] = "dead",
    [OWNER_ELSEWHERE] = "elsewhere",
    [OWNER_UNKNOWN] = "unknown",
};

/* owner_open ends in this state, with a descriptor if alive only. */
static void
claim(const struct owner *o, enum owner_state want, const char *what)
{
	int fd = 42, err;
	enum owner_state is;

	errno = 0;
	is = owner_open(o, &fd);
	err = errno;
	if (!ok(is == want && (fd >= 0) == (want == OWNER_ALIVE) &&
		    (fd < 0 || fcntl(fd, F_GETFD) == FD_CLOEXEC),
		"%s: %s: %s", age, what, state_name[want]))
		printf("# %s, descriptor %d, errno %d (%s)\n", state_name[is],
		    fd, err, strerror(err));
	if (fd >= 0)
		close(fd);
}

static struct owner
record(pid_t pid, bool lasting)
{
	int fd = owner_pidfd(pid);
	struct owner o;

	if (fd < 0 || owner_record(&o, pid, fd, lasting) < 0)
		abort();
	close(fd);
	return o;
}

static void
living(void)
{
	struct owner self = record(getpid(), false), o;
	pid_t pid = child_make();

	ok(self.pid == getpid() && !self.boot[0] && self.pidns &&
		(pidfs ? self.pidfs && !self.start : self.start && !self.pidfs),
	    "%s: what is recorded: the inode or the start time", age);
	claim(&self, OWNER_ALIVE, "this process");
	o = record(pid, true);
	claim(&o, OWNER_ALIVE, "a child");
	ok(strlen(o.boot) == BOOT_ID, "%s: lasting: with the boot id", age);
	ok(!pidfs || o.pidfs != self.pidfs, "%s: two inodes", age);
	kill(pid, SIGSTOP);
	waitpid(pid, NULL, WUNTRACED);
	claim(&o, OWNER_ALIVE, "a stopped child");
	child_end(pid);
}

static void
ended(void)
{
	pid_t pid = child_make();
	struct owner o = record(pid, false), none = {.start = 1};
	int fd = owner_pidfd(pid);
	siginfo_t info;

	ok(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC && !owner_ended(fd),
	    "%s: a pidfd, not ended yet", age);
	ok(owner_signal(fd, 0) == 0 && owner_signal(fd, SIGKILL) == 0 &&
		waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0 &&
		info.si_status == SIGKILL,
	    "%s: signal: by pidfd", age);
	ok(owner_ended(fd), "%s: ended: a zombie has", age);
	claim(&o, OWNER_DEAD, "a zombie");
	waitpid(pid, NULL, 0);
	ok(owner_ended(fd) && owner_signal(fd, 0) < 0 && errno == ESRCH,
	    "%s: ended: and what was reaped", age);
	claim(&o, OWNER_DEAD, "a child that was reaped");
	close(fd);
	claim(&none, OWNER_DEAD, "nobody seen");
}

/* One part of the record is of another process. */
static void
others(void)
{
	pid_t pid = child_make();
	struct owner o = record(pid, true), wrong;
	struct proc p;

	if (look_proc(pid, &p) < 0)
		abort();
	wrong = o;
	wrong.pidfs = 0;
	wrong.start = p.start;
	claim(&wrong, OWNER_ALIVE, "no inode, the right start time");
	wrong.start++;
	claim(&wrong, OWNER_DEAD, "no inode, a later start time");
	wrong.start -= 2;
	claim(&wrong, OWNER_DEAD, "no inode, an earlier start time");
	wrong.start = 0;
	claim(&wrong, OWNER_UNKNOWN, "neither inode nor start time");
	wrong = o;
	wrong.start = 0;
	wrong.pidfs = o.pidfs + 1;
	claim(&wrong, pidfs ? OWNER_DEAD : OWNER_UNKNOWN, "another inode");
	wrong.start = p.start;
	claim(&wrong, pidfs ? OWNER_DEAD : OWNER_ALIVE,
	    "another inode and the right start time");
	wrong = o;
	wrong.boot[0] = (char)(wrong.boot[0] == '0' ? '1' : '0');
	claim(&wrong, OWNER_DEAD, "another boot");
	wrong.boot[0] = '\0';
	claim(&wrong, OWNER_ALIVE, "no boot");
	wrong.pidns = 0;
	claim(&wrong, OWNER_ALIVE, "no pid namespace known");
	wrong.pidfs = o.pidfs ? o.pidfs + 1 : 0;
	wrong.start = o.start ? o.start + 1 : 0;
	claim(&wrong, OWNER_ELSEWHERE, "nor is the process with its number it");
	child_end(pid);
	wrong.pid = pid;
	claim(&wrong, OWNER_ELSEWHERE, "nor is there one");
}

static int thread_id;

static void *
thread_waits(void *gate)
{
	char c;

	__atomic_store_n(
	    &thread_id, (int)syscall(SYS_gettid), __ATOMIC_RELEASE);
	return read(*(int *)gate, &c, 1) ? gate : NULL;
}

/* The number is a thread's now, not a process's. */
static void
thread(void)
{
	struct owner o = record(getpid(), false);
	pthread_t t;
	int end[2];

	thread_id = 0;
	if (pipe(end) < 0 || pthread_create(&t, NULL, thread_waits, end) != 0)
		abort();
	while (!(o.pid = __atomic_load_n(&thread_id, __ATOMIC_ACQUIRE)))
		sched_yield();
	claim(&o, OWNER_DEAD, "a thread has the number");
	close(end[1]);
	pthread_join(t, NULL);
	close(end[0]);
}

/* A child with a number that is free. */
static pid_t
child_numbered(pid_t pid)
{
	struct clone_args args = {.exit_signal = SIGCHLD,
	    .set_tid_size = 1,
	    .set_tid = (uintptr_t)&pid};
	long r = syscall(SYS_clone3, &args, sizeof(args));

	if (r == 0)
		wait_killed();
	return (pid_t)r;
}

static void
reused(void)
{
	long long end = clock_boot() + TICKS_MS;
	pid_t pid = child_make(), again;
	struct owner o = record(pid, false);

	child_end(pid);
	/* Start times count in ticks of 10 ms: let one pass. */
	while (clock_boot() < end)
		clock_sleep(1000);
	again = child_numbered(pid);
	if (again < 0 && errno == EPERM) {
		tap_without("reuse", "the number of an owner is used again");
		return;
	}
	if (!ok(again == pid, "%s: the number is used again", age))
		printf("# clone3: %s\n", strerror(errno));
	claim(&o, OWNER_DEAD, "another process has the number");
	if (again > 0)
		child_end(again);
}

/* A child in a pid namespace of its own; *ns: its inode.  mute: it does not let
 * itself be looked at. */
static pid_t
stranger_make(uint64_t *ns, bool mute)
{
	uint64_t user = geteuid() ? CLONE_NEWUSER : 0;
	struct clone_args args = {
	    .exit_signal = SIGCHLD, .flags = CLONE_NEWPID | user};
	pid_t pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	char name[64];
	struct stat st;

	if (pid == 0) {
		if (mute)
			prctl(PR_SET_DUMPABLE, 0);
		wait_killed();
	}
	snprintf(name, sizeof(name), "/proc/%d/ns/pid", pid);
	while (pid > 0 && mute && geteuid() && stat(name, &st) == 0)
		clock_sleep(1000);
	*ns = pid > 0 && stat(name, &st) == 0 ? st.st_ino : 0;
	return pid;
}

/* The end of a namespace is told by looking at every process there is: while
 * one of ours is just ending it stays open for a moment. */
static void
claim_ended(const struct owner *o, const char *what)
{
	long long end = clock_now() + PATIENCE_MS;
	bool first = owner_pidns() == PIDNS_FIRST;
	int fd;

	while (
	    first && owner_open(o, &fd) == OWNER_ELSEWHERE && clock_now() < end)
		clock_sleep(1000);
	claim(o, first ? OWNER_DEAD : OWNER_ELSEWHERE, what);
}

static void
namespaces(void)
{
	struct owner o = record(getpid(), false);
	uint64_t ns;
	pid_t pid = stranger_make(&ns, false), mute;

	if (pid < 0 && (errno == EPERM || errno == ENOSPC)) {
		tap_without("pidns", "owners of another pid namespace");
		return;
	}
	if (!ok(pid > 0 && ns && ns != owner_pidns(),
		"%s: another pid namespace", age))
		printf("# clone3: %s\n", strerror(errno));
	o.pidns = ns;
	claim(&o, OWNER_ELSEWHERE, "its pid namespace lives");
	if (pid > 0)
		child_end(pid);
	claim_ended(&o, "its pid namespace has ended");
	mute = stranger_make(&ns, true);
	/* Root is shown all. */
	if (geteuid() != 0)
		claim(&o, OWNER_ELSEWHERE, "one of ours may be in it still");
	child_end(mute);
	claim_ended(&o, "none of ours may be in it");
}

static void
fields(void)
{
	struct owner o = {.pid = 7,
			 .start = 1ULL << 40,
			 .pidfs = 1ULL << 62,
			 .pidns = 4026531836,
			 .boot = "x"},
		     back;
	static const char
	    no_boot[] = "pid=1\0pidns=0\0", no_ns[] = "pid=1\0boot=\0",
	    bad[] = "pid=-1\0pidns=0\0boot=\0",
	    text[] = "pid=x\0start=\0pidns=x\0boot=\0",
	    boot[] = "pid=1\0pidns=0\0"
		     "boot=0123456789012345678901234567890123456\0";
	struct buf b;

#define GET(s) owner_get(&(struct fields){s, sizeof(s) - 1}, &back)
	buf_init(&b, NULL, 0);
	owner_put(&b, &o);
	ok(owner_get(&(struct fields){b.at, b.len}, &back) == 0 &&
		back.pid == 7 && back.start == o.start &&
		back.pidfs == o.pidfs && back.pidns == o.pidns &&
		!strcmp(back.boot, "x"),
	    "fields: there and back");
	ok(GET(no_boot) < 0 && GET(no_ns) < 0 && GET(bad) < 0 &&
		GET(boot) < 0,
	    "fields: malformed, refused");
	ok(GET(text) == 0 && back.pid == 0 && back.start == 0,
	    "fields: what is no number is not known");
	buf_free(&b);
}

static void
boots(void)
{
	char boot[BOOT_ID + 1], line[64] = "";
	struct stat st;
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "r");

	owner_boot(boot);
	ok(f && fgets(line, sizeof(line), f) && strlen(boot) == BOOT_ID &&
		!strncmp(line, boot, BOOT_ID),
	    "boot id: the kernel's");
	fclose(f);
	ok(stat("/proc/self/ns/pid", &st) == 0 && owner_pidns() == st.st_ino,
	    "pid namespace: the kernel's");
}

static void
all(void)
{
	living();
	ended();
	others();
	thread();
	if (geteuid() == 0)
		reused();
	namespaces();
}

void
owner_part(void)
{
	struct statfs fs;
	int fd = owner_pidfd(getpid());

	pidfs = fd >= 0 && fstatfs(fd, &fs) == 0 && fs.f_type == PIDFS_MAGIC;
	close(fd);
	age = "now";
	all();
#ifdef TEST_POINTS
	setenv("ONLYONE_TEST_OLD", "all", 1);
	pidfs = false;
	age = "old";
	all();
#endif
	fields();
	boots();
}
