/*
 * differ_sides.c: the two kernels.
 *
 * On the real side each actor is a process, told by a byte in a pipe what is next.
 * On the simulated side it is a struct proc that becomes `now`; as no call can
 * block, no scheduler is needed: its functions are here.
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
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>

#include "tests/sim/differ.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum { HIGH = 200 }; /* the driver's own descriptors begin here */

#define FOLDER "/tmp/s"

static const struct step look; /* handled */

static void
handled_add(struct side *s, int i, const char *text)
{
	size_t n = strlen(s->handled[i]);

	snprintf(s->handled[i] + n, sizeof(s->handled[i]) - n, "%s", text);
}

/* Look at all actors of a side, until none changes. */
static void
look_at_all(struct side *s, enum life (*look_at)(int i))
{
	bool again = true;
	enum life was;

	while (again) {
		again = false;
		for (int i = 0; i < born; i++) {
			was = s->life[i];
			if (was != DEAD)
				s->life[i] = look_at(i);
			again |= s->life[i] != was;
		}
	}
}

/*
 * The real side.
 */

/* What libc has not, or otherwise. */
#define getcwd(buf, cap) syscall(SYS_getcwd, buf, cap)
#define futex(at, what, value, limit) \
	syscall(SYS_futex, at, what, value, limit)
#define rt_sigqueueinfo(pid, sig, info) \
	syscall(SYS_rt_sigqueueinfo, pid, sig, info)
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
	struct step step[ACTORS];
	char out[ACTORS][ANSWER];
	char hints[ACTORS][HINTS];
} *shared;
char (*hints)[HINTS];

static int order[ACTORS][2], reply[2], pidfds[ACTORS];
static bool owed[ACTORS];
static struct actor self;

static void real_handler(int sig) { self.handled[sig]++; }

static void
answer_begin(struct actor *c, char *out, char *hint)
{
	c->out = out;
	c->out[0] = '\0';
	c->len = 0;
	c->hint = hint;
}

static _Noreturn void
actor_run(void)
{
	struct step s;
	char byte;

	for (;;) {
		while (read(order[self.me][0], &byte, 1) != 1)
			;
		answer_begin(&self, shared->out[self.me], shared->hints[self.me]);
		self.child = false;
		s = shared->step[self.me]; /* a child needs it longer */
		op_run(&self, &s);
		if (self.child)
			continue;
		byte = (char)self.me;
		while (write(reply[1], &byte, 1) != 1)
			;
	}
}

static void
actor_begin(void)
{
	static const struct sigaction plain;
	struct rlimit l = { LIMIT, LIMIT };

	self = (struct actor){ .k = &real_calls, .handler = real_handler };
	close_range(0, HIGH - 1, 0);
	setsid();
	for (int sig = 1; sig < SIGNALS; sig++)
		sigaction(sig, &plain, NULL);
	setrlimit(RLIMIT_NOFILE, &l);
	if (run_uid && (setgroups(0, NULL) || setgid(run_uid) || setuid(run_uid)))
		_exit(99);
	prctl(PR_SET_DUMPABLE, 1);
	actor_run();
}

/* The state in /proc; '-' if there is none.  One that init has to reap, and does at
 * once, is as good as none: X. */
static char
real_state(int i)
{
	char name[32], state = '-';
	int ppid = 0;
	FILE *f;

	snprintf(name, sizeof(name), "/proc/%d/stat", PID + i);
	f = fopen(name, "re");
	if (f && fscanf(f, "%*d (%*[^)]) %c %d", &state, &ppid) == 2 &&
	    state == 'Z' && ppid == 1)
		state = 'X';
	if (f)
		fclose(f);
	return state;
}

/* Wait until actor i has answered, or is dead. */
static enum life
real_await(int i)
{
	struct pollfd p[2] = { { .fd = reply[0], .events = POLLIN },
		{ .fd = pidfds[i], .events = POLLIN } };
	char who, state;

	while (owed[i]) {
		poll(p, 2, 1);
		if (p[0].revents && read(reply[0], &who, 1) == 1) {
			owed[(int)who] = false;
			continue;
		}
		state = real_state(i);
		if (p[1].revents && (state == 'Z' || state == '-'))
			return DEAD;
	}
	return LIVES;
}

static enum life
real_ask(int i, const struct step *s)
{
	shared->step[i] = *s;
	owed[i] = true;
	if (write(order[i][1], "", 1) != 1)
		err(2, "write");
	return real_await(i);
}

static enum life
real_look(int i)
{
	enum life is = real_ask(i, &look);

	if (is == LIVES)
		handled_add(&real, i, shared->out[i]);
	return is;
}

static void
real_settle(void)
{
	look_at_all(&real, real_look);
	for (int i = 0; i < born; i++)
		while (real.life[i] == DEAD && real_state(i) == 'X')
			usleep(20);
}

static void
real_born(int parent)
{
	pidfds[born] = pidfd_open(PID + born, 0);
	if (pidfds[born] < 0)
		err(2, "pidfd_open");
	real.life[born] = LIVES;
	memcpy(hints[born], hints[parent], HINTS);
}

static void
pipe_high(int *ends)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		err(2, "pipe");
	for (int i = 0; i < 2; i++) {
		ends[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, HIGH);
		close(fds[i]);
	}
}

static void
real_begin(void)
{
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	hints = shared->hints;
	pipe_high(reply);
	for (int i = 0; i < ACTORS; i++)
		pipe_high(order[i]);
	if (mkdir(FOLDER, 0755) || chown(FOLDER, run_uid, run_uid) || chdir(FOLDER))
		err(2, "%s", FOLDER);
	if (dprintf(fd, "%d", PID - 1) < 0 || close(fd))
		err(77, "pids cannot be chosen");
	if (fork() == 0)
		actor_begin();
	real_born(0);
}

static void
real_run(const struct step *s)
{
	real.life[s->actor] = real_ask(s->actor, s);
	strcpy(real.answer, real.life[s->actor] == LIVES ?
	    shared->out[s->actor] : "");
}

struct side real = { .begin = real_begin, .run = real_run, .born = real_born,
	.settle = real_settle };

/*
 * The simulated side: what sched.c and world.c are otherwise.
 */

long long sim_clock = 1000 * SECOND;
struct proc *now;
struct proc procs[PROCS];
int nprocs;
bool telling;

static struct actor actors[ACTORS];
static char no_hints[HINTS];
static jmp_buf out;

static void sim_exit(int status) { proc_exit((status & 0xff) << 8); }

static const struct calls sim_calls = {
#define CALL(type, name, params, args) .name = k_##name,
#include "tests/sim/calls.h"
#undef CALL
	.exit = sim_exit,
};

void *
kalloc(size_t n)
{
	void *at = calloc(1, n);

	if (!at)
		err(2, "calloc");
	return at;
}

char *kstrdup(const char *s) { return strdup(s); }

void
give_up(int status, const char *fmt, ...)
{
	va_list ap;
	size_t n = (size_t)sprintf(sim.answer, status == 1 ? " ? wrong: " : " ?");

	va_start(ap, fmt);
	vsnprintf(sim.answer + n, 200, fmt, ap);
	va_end(ap);
	longjmp(out, 1);
}

long
block(const void *const *chans, int n, long long until)
{
	if (until <= sim_clock)
		return -ETIME;
	unknown("blocks on %d, %p", n, (const void *)chans);
}

bool block_anyhow(const void *const *chan) { return block(chan, 1, NEVER); }

void sched_leave(void) { longjmp(out, 1); }

static void
nothing_to_run(void)
{
}

void
(*program_of(struct inode *file))(void)
{
	(void)file;
	return nothing_to_run;
}

unsigned long sim_random(unsigned long n) { return n - n; }
bool sched_fork(struct proc *child) { return !child; }
void wake(const void *chan) { (void)chan; }
void tell_of(const struct proc *p, const char *fmt, ...) { (void)p, (void)fmt; }
void enter(const char *call) { (void)call; }
void world_ends(struct proc *p) { (void)p; }
void world_signals(const struct proc *to) { (void)to; }
void world_unlinks(const struct inode *d, const char *s) { (void)d, (void)s; }
void oracle_execs(const struct inode *file) { (void)file; }
void world_says(const char *s, size_t n) { (void)s, (void)n; }
struct memory *memory_new(void) { return NULL; }
struct memory *memory_share(struct memory *of) { return of; }
void memory_drop(struct memory *m) { (void)m; }

void
sched_start(struct proc *p, void (*run)(void), char *base)
{
	(void)p, (void)run, (void)base;
}

static void sim_handler(int sig) { actors[now->pid - PID].handled[sig]++; }

static void
sim_born(int parent)
{
	sim.life[born] = LIVES;
	actors[born] = actors[parent];
	memset(actors[born].handled, 0, sizeof(actors[born].handled));
	actors[born].me = born;
}

static void
sim_begin(void)
{
	char *none[] = { NULL };
	struct proc *p;
	struct inode *folder;

	files_begin();
	procs_begin_world(0);
	socks_begin();
	procfs_begin();
	file_make("/bin/actor", 0755, "");
	p = proc_launch("/bin/actor", none, none);
	now = procs;
	k_mkdirat(AT_FDCWD, FOLDER, 0755);
	if (path_find(AT_FDCWD, FOLDER, true, &folder))
		errx(2, "no folder");
	p->uid = p->gid = folder->uid = folder->gid = run_uid;
	p->cwd = procs->cwd = folder;
	p->actions[SIGCHLD].handler = SIG_DFL;
	actors[0].k = &sim_calls;
	actors[0].handler = sim_handler;
	sim.life[0] = LIVES;
}

/* Run a step of actor i, or none, and what signals do to it then. */
static enum life
sim_do(int i, const struct step *s)
{
	struct proc *p = proc_find_pid(PID + i);
	long r = 0;

	now = p;
	if (p && !setjmp(out)) {
		if (s)
			op_run(&actors[i], s);
		leave(&r);
	}
	now = NULL;
	return !p || p->state == ZOMBIE || p->state == FREE ? DEAD : LIVES;
}

static void
sim_run(const struct step *s)
{
	answer_begin(&actors[s->actor], sim.answer, no_hints);
	memcpy(no_hints, hints[s->actor], HINTS);
	sim.life[s->actor] = sim_do(s->actor, s);
}

static enum life sim_look(int i) { return sim_do(i, NULL); }

static void
sim_settle(void)
{
	char text[ANSWER];

	look_at_all(&sim, sim_look);
	for (int i = 0; i < born; i++) {
		if (sim.life[i] != LIVES)
			continue;
		answer_begin(&actors[i], text, no_hints);
		op_run(&actors[i], &look);
		handled_add(&sim, i, text);
	}
	now = procs;
}

struct side sim = { .begin = sim_begin, .run = sim_run, .born = sim_born,
	.settle = sim_settle };
