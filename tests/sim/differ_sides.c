/*
 * differ_sides.c: the two kernels.
 *
 * On the real side each actor is a process; a futex tells it that it is its
 * turn.  On the simulated side it is a struct proc that becomes `now`. No call
 * can block, so no scheduler is needed: its functions are here.
 */
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
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
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

/* The driver's own descriptors begin here, with the memory that is shared. */
enum { SHARED_FD = 200 };

/*
 * The real side.
 */

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

/* The state in /proc; -: none; X: init has to reap it, and does at once. */
static char
real_state(int i)
{
	char text[200] = "", *at;
	int fd;

	snprintf(text, sizeof(text), "/proc/%d/stat", PID + i);
	fd = open(text, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		*text = '\0';
	close(fd);
	at = strchr(text, ')');
	return !at ? '-' : at[2] == 'Z' && atoi(at + 4) == 1 ? 'X' : at[2];
}

/* Until it has answered, or is dead.  An exiting process holds the kernel's
 * process lock until all are notified; wait(2) waits for that; then init
 * reaps. */
static enum life
real_ask(int i, const struct step *s, char *answer)
{
	siginfo_t info;

	*answer = '\0';
	shared->step[i] = *s;
	turn_give(i, 1);
	while (turn_is(i, 1)) {
		if (!strchr("ZX-", real_state(i)))
			continue;
		waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
		shared->turn[i] = 0;
		for (int j = 0; j < ACTORS; j++)
			while (real_state(j) == 'X')
				usleep(20);
		return DEAD;
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
	if (dprintf(open("/proc/sys/kernel/pid_max", O_WRONLY), "%d", PID + ACTORS) < 0
	    || dprintf(open("/proc/sys/kernel/ns_last_pid", O_WRONLY), "%d", PID - 1) < 0)
		err(77, "pids cannot be chosen");
	if (fork() == 0)
		actor_begin();
}

struct side real = { .begin = real_begin, .ask = real_ask };

/*
 * The simulated side: what sched.c and world.c are otherwise.
 */

long long sim_clock = 1000 * SECOND;
struct proc *now;
struct proc procs[PROCS];
int nprocs;
bool telling;

static struct actor actors[ACTORS];
static unsigned long sim_seen[SEEN];
static jmp_buf out;
static void sim_exit(int status) { proc_exit((status & 0xff) << 8); }
static const struct calls sim_calls = {
#define CALL(type, name, params, args) .name = k_##name,
#include "tests/sim/calls.h"
#undef CALL
	.exit = sim_exit,
};

void *kalloc(size_t n) { return calloc(1, n); }
char *kstrdup(const char *s) { return strdup(s); }

void
give_up(int status, const char *fmt, ...)
{
	va_list ap;
	char *to = actors[now->pid - PID].out;

	va_start(ap, fmt);
	vsnprintf(to + sprintf(to, status == 1 ? " ? wrong: " : " ?"), 200, fmt, ap);
	va_end(ap);
	longjmp(out, 1);
}

struct proc *alive[PROCS];
int nalive;

void yield_turn(void) { unknown("it blocks"); }
void story_sleeps(void) { }
void sched_leave(void) { longjmp(out, 1); }
void (*program_of(struct inode *file))(void) { return file ? sched_leave : NULL; }
unsigned long sim_random(unsigned long n) { return n - n; }
bool sched_fork(struct proc *child) { return !child; }
void tell_of(const struct proc *p, const char *fmt, ...) { (void)p, (void)fmt; }
void enter(const char *call) { (void)call; }
long world_fault(const char *call) { return !call; }
void world_ends(struct proc *p) { (void)p; }
bool world_filters(void) { return false; }
void world_sends(const char *bytes, size_t n) { (void)bytes, (void)n; }
void world_signals(const struct proc *to) { (void)to; }
void world_signals_number(pid_t pid) { (void)pid; }
void world_unlinks(struct inode *d, const char *s) { (void)d, (void)s; }
void oracle_execs(const struct inode *file) { (void)file; }
void world_says(const char *s, size_t n) { (void)s, (void)n; }
struct memory *memory_new(void) { return NULL; }
struct memory *memory_share(struct memory *of) { return of; }
void memory_drop(struct memory *m) { (void)m; }
void sched_start(struct proc *p, void (*r)(void), char *b) { (void)p, (void)r, (void)b; }
static void sim_handler(int sig) { actors[now->pid - PID].handled[sig]++; }

void
sim_born(int parent, int i)
{
	actors[i] = actors[parent];
	memset(actors[i].handled, 0, sizeof(actors[i].handled));
	actors[i].me = i;
}

static void
sim_begin(void)
{
	char *none[] = { NULL };
	struct proc *p;
	struct inode *folder;

	kernel_begin(0);
	pid_limit = PID + ACTORS - 1;
	file_make(ACTOR, 0755, "");
	p = proc_launch(ACTOR, none, none);
	now = procs;
	k_mkdirat(AT_FDCWD, FOLDER, 0755);
	if (path_find(AT_FDCWD, FOLDER, true, &folder))
		errx(2, "no folder");
	p->fresh = true;
	p->uid = folder->uid = run_uid;
	p->cwd = procs->cwd = folder;
	p->actions[SIGCHLD].handler = SIG_DFL;
	actors[0].k = &sim_calls;
	actors[0].handler = sim_handler;
	actors[0].seen = sim_seen;
}

/* Signals come before the step, and after it. */
static enum life
sim_ask(int i, const struct step *s, char *answer)
{
	struct proc *p = now = proc_find_pid(PID + i);
	struct actor *c = &actors[i];
	long r = 0;

	*answer = '\0';
	c->out = answer;
	c->len = 0;
	c->hint = hints[i];
	if (p && !setjmp(out)) {
		leave(&r);
		op_run(c, s);
		leave(&r);
	}
	now = procs;
	handled_say(c, s);
	if (p && p->state != ZOMBIE && p->state != FREE)
		return LIVES;
	if (answer[1] != '?')
		*answer = '\0';
	return DEAD;
}

struct side sim = { .begin = sim_begin, .ask = sim_ask };
