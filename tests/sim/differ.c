/*
 * differ.c: the simulated kernel and the real one, asked the same.
 *
 * A sequence, made by a seed, is some 200 calls by up to three processes in one
 * folder.  On the real side each actor is a process, told by a byte in a pipe what
 * is next; on the simulated side it is a struct proc that becomes `now`.  No call
 * can block, so both sides go in lockstep, and no scheduler is needed: its
 * functions are here.  After each call all actors are looked at: a signal that is
 * on its way has come then.  The real side has processes and files of its own: a
 * kill reaches nobody else, and paths are the same.
 */
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>

#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/differ.h"
#include "tests/sim/kernel.h"
#include "tests/sim/sched.h"
#include "tests/sim/world.h"

enum {
	CALLS = 200,
	LIVE = 3,          /* actors at a time at most */
	HIGH = 200,        /* the driver's own descriptors begin here */
	LIMIT = FDS,       /* descriptors of an actor */
	LINE = 240,
	HINTS = 24,        /* descriptors whose kind is known */
	NOBODY = 4000000,  /* no process has this pid */
	SOMEBODY = 54321   /* a user */
};

#define FOLDER "/tmp/s"

struct step {
	int actor, op;
	long a[ARGS];
};

enum life { UNBORN, LIVES, STOPS, DEAD };

/* A side: what it says, and how its actors are. */
struct side {
	char answer[ANSWER + 1000];
	enum life life[ACTORS];
	char handled[ACTORS][LINE];
	pid_t pids[ACTORS], first;
	unsigned long seen[3][512]; /* inodes and devices, as they appeared */
	int nseen[3];
};

pid_t differ_pids[ACTORS];
char differ_tag[16] = "differ";
void (*differ_handler)(int);

static struct side real, sim;
static uid_t run_uid;
static uint64_t chance_state;
static char hints[ACTORS][HINTS];
static bool verbose;
static int born;
static long address;       /* the sockets' favourite of this sequence */
static int weight[100];    /* of the operations, in this sequence */
static bool missing; /* no descriptor of the kind: draw again, mostly */

/*
 * Chance.
 */

static unsigned long
chance(unsigned long n)
{
	uint64_t x = chance_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (unsigned long)((x ^ x >> 31) % n);
}

#define BIT(sig) (1L << ((sig) - 1))

/* What an argument of a letter can be.  A digit: below it; others: argument. */
static const struct choice {
	char letter;
	int n;
	long of[20];
} choices[] = {
	{ '0', 1, { 0 } },
	{ '9', 4, { 0, 1, 5, 60 } },
	{ 'E', 6, { POLLIN, POLLIN | POLLOUT, POLLIN | POLLRDHUP, POLLPRI, 0,
	              POLLIN | POLLPRI } },
	{ 'H', 5, { 0, 0, MSG_PEEK, MSG_CMSG_CLOEXEC,
	              MSG_CMSG_CLOEXEC | MSG_PEEK } },
	{ 'I', 5, { P_ALL, P_PID, P_PID, P_PIDFD, P_PIDFD } },
	{ 'O', 2, { 0, O_CLOEXEC } },
	{ 'P', 2, { PROT_READ, PROT_READ | PROT_WRITE } },
	{ 'R', 2, { 0, RENAME_NOREPLACE } },
	{ 'T', 4, { SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM,
	              SOCK_STREAM | SOCK_CLOEXEC } },
	{ 'V', 2, { SOCK_STREAM, SOCK_STREAM | SOCK_CLOEXEC } },
	{ 'W', 3, { 0, SA_RESTART, 0 } },
	{ 'X', 3, { 0, WUNTRACED, WUNTRACED | WCONTINUED } },
	{ 'Y', 6, { WEXITED, WEXITED, WEXITED | WNOWAIT, WEXITED | WSTOPPED,
	              WEXITED | WCONTINUED | WNOWAIT, WSTOPPED } },
	{ 'a', 4, { 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH,
	              AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW } },
	{ 'b', 4, { 0, 1, 2, 16 } },
	{ 'c', 2, { 0, SFD_CLOEXEC } },
	{ 'd', 5, { 0, SIGTERM, SIGKILL, SIGUSR1, 1 } },
	{ 'e', 8, { 0, 3, 5, 9, 12, LIMIT - 1, LIMIT, -1 } },
	{ 'f', 3, { 0, SOCK_CLOEXEC, SOCK_NONBLOCK } },
	{ 'g', 3, { MSG_NOSIGNAL, MSG_NOSIGNAL, 0 } },
	{ 'h', 3, { 0, 0, MSG_PEEK } },
	{ 'i', 5, { 0, CMSG_SPACE(4), CMSG_SPACE(16), CMSG_LEN(4),
	              CMSG_SPACE(32) } },
	{ 'j', 3, { F_OFD_SETLK, F_OFD_SETLK, F_OFD_GETLK } },
	{ 'k', 3, { LOCK_SH, LOCK_EX, LOCK_UN } },
	{ 'l', 3, { 0, O_NONBLOCK, O_APPEND | O_NONBLOCK } },
	{ 'm', 8, { 0600, 0700, 0644, 0755, 0777, 0, 0022, 0077 } },
	{ 'o', 20, { O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT,
	               O_WRONLY | O_CREAT | O_EXCL, O_RDWR | O_CREAT | O_EXCL,
	               O_WRONLY | O_APPEND | O_CREAT, O_RDONLY | O_DIRECTORY,
	               O_RDONLY | O_DIRECTORY, O_PATH, O_PATH | O_NOFOLLOW,
	               O_PATH | O_DIRECTORY | O_NOFOLLOW,
	               O_RDONLY | O_NOFOLLOW, O_WRONLY | O_TRUNC,
	               O_RDONLY | O_CLOEXEC, O_RDWR | O_CREAT | O_NOFOLLOW,
	               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	               O_RDONLY | O_NOCTTY } },
	{ 'p', 4, { PR_SET_PDEATHSIG, PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER,
	              PR_SET_CHILD_SUBREAPER } },
	{ 'q', 6, { BIT(SIGUSR1), BIT(SIGCHLD), BIT(SIGUSR1) | BIT(SIGTERM),
	              BIT(SIGURG) | BIT(SIGCHLD) | BIT(SIGHUP), -1,
	              BIT(SIGTERM) | BIT(SIGCONT) } },
	{ 'r', 5, { O_RDONLY, O_RDWR, O_PATH, O_RDONLY | O_DIRECTORY,
	              O_WRONLY } },
	{ 's', 20, { 0, SIGUSR1, SIGUSR1, SIGUSR1, SIGUSR2, SIGURG, SIGURG,
	               SIGCHLD, SIGHUP, SIGPIPE, SIGCONT, SIGCONT, SIGTERM,
	               SIGALRM, SIGSTOP, SIGKILL, 0, SIGWINCH, SIGHUP, SIGURG } },
	{ 'u', 2, { F_DUPFD, F_DUPFD_CLOEXEC } },
	{ 'v', 3, { SHUT_RD, SHUT_WR, SHUT_RDWR } },
	{ 'w', 3, { F_RDLCK, F_WRLCK, F_UNLCK } },
	{ 'y', 7, { 0, 0, 1, 3, 40, 5000, -1 } },
	{ 'z', 7, { 0, 1, 5, 5, 100, 2000, 4096 } },
};

/* A descriptor of actor i; mostly one of this kind. */
static long
some_fd(int i, const char *kinds)
{
	long of[HINTS];
	unsigned long n = 0;

	for (int fd = 0; fd < HINTS; fd++)
		if (hints[i][fd] &&
		    (!*kinds || strchr(kinds, hints[i][fd])))
			of[n++] = fd;
	if (n && chance(12))
		return of[chance(n)];
	missing |= !n;
	return (long)chance(12) - 1;
}

static long
some_actor(void)
{
	return chance(12) ? (long)chance((unsigned long)born) :
			    (long)chance(ACTORS);
}

static long
argument(int actor, char letter)
{
	switch (letter) {
	case '_':
		return chance(2) ? 0 : CLOSE_RANGE_CLOEXEC;
	case 'C':
		return born;
	case 'D':
		return chance(3) ? AT_FDCWD : some_fd(actor, "do");
	case 'F':
		return some_fd(actor, "fd");
	case 'K':
		return chance(2) ? -1 : some_actor();
	case 'Q':
		return some_fd(actor, "q");
	case 'L':
		return some_fd(actor, "s");
	case 'N':
		return some_fd(actor, "n");
	case 'S':
		return some_fd(actor, chance(5) ? "cu" : "scun");
	case 'A':
		return chance(3) ? address : (long)chance(7);
	case 'U':
		return chance(2) ? -1 : some_actor();
	case 'n':
		return (long)(chance(2) ? chance(8) : chance(22));
	case 't':
		return some_actor();
	case 'x':
		return some_fd(actor, "");
	}
	for (size_t i = 0; i < sizeof(choices) / sizeof(*choices); i++)
		if (choices[i].letter == letter)
			return choices[i].of[chance((unsigned long)choices[i].n)];
	if (letter < '0' || letter > '9')
		errx(2, "no argument '%c'", letter);
	return (long)chance((unsigned long)(letter - '0'));
}

static int
op_find(const char *name)
{
	for (int i = 0; i < nops; i++)
		if (!strcmp(ops[i].name, name))
			return i;
	errx(2, "no operation %s", name);
}

/* Each sequence has a subject, whose operations, from one to another, come more
 * often. */
static const char *const subjects[][2] = { { "open", "getcwd" },
	{ "close", "munmap" }, { "socket", "poll_all" }, { "kill", "prctl" } };

static void
weights_draw(void)
{
	unsigned long subject = chance(5);

	address = (long)chance(7);
	for (int i = 0; i < nops; i++)
		weight[i] = ops[i].weight;
	/* An open file's path is that of its inode in the simulation; so it is
	 * not asked where there are second names. */
	weight[op_find(chance(2) ? "link" : "link_proc")] = 0;
	if (subject == 4)
		return;
	for (int i = op_find(subjects[subject][0]);
	     i <= op_find(subjects[subject][1]); i++)
		weight[i] *= 4;
}

static int
op_draw(void)
{
	int sum = 0, at, op = 0;

	for (int i = 0; i < nops; i++)
		sum += weight[i];
	at = (int)chance((unsigned long)sum);
	for (; at >= weight[op]; op++)
		at -= weight[op];
	return op;
}

/* How many actors live, those that are stopped too if `all`; into live. */
static int
living(bool all, int *live)
{
	int n = 0;

	for (int i = 0; i < born; i++)
		if (real.life[i] == LIVES || (all && real.life[i] == STOPS))
			live[n++] = i;
	return n;
}

static bool
step_draw(struct step *s)
{
	int live[ACTORS], fork_op = op_find("fork");
	bool full = living(true, live) >= LIVE || born == ACTORS;
	int n = living(false, live);

	if (!n)
		return false;
	do {
		*s = (struct step){ .actor = live[chance((unsigned long)n)],
			.op = full || chance(12) ? op_draw() : fork_op };
		missing = false;
		for (int i = 0; ops[s->op].args[i]; i++)
			s->a[i] = argument(s->actor, ops[s->op].args[i]);
	} while ((s->op == fork_op && full) || (missing && chance(12)));
	return true;
}

/* What comes first, so that there is something to begin with. */
static const struct {
	const char *name;
	long a[ARGS];
} prelude[] = {
	{ "sigaction", { SIGUSR1, 2, 0 } },
	{ "sigaction", { SIGURG, 2, SA_RESTART } },
	{ "sigaction", { SIGPIPE, 1, 0 } },
	{ "sigaction", { SIGHUP, 2, 0 } },
	{ "mkdirat", { AT_FDCWD, 3, 0755 } },
	{ "mkdirat", { AT_FDCWD, 5, 0755 } },
	{ "symlink", { 0, 7 } },
	{ "open", { AT_FDCWD, 0, O_RDWR | O_CREAT, 0644 } },
	{ "write", { 0, 5, 0 } },
	{ "fork", { 1 } },
	{ "fork", { 2 } },
};

/*
 * The real side.
 */

/* What libc has not, or otherwise. */
#define getcwd(buf, cap) syscall(SYS_getcwd, buf, cap)
#define futex(at, what, value, limit) \
	syscall(SYS_futex, at, what, value, limit)
#define rt_sigqueueinfo(pid, sig, info) \
	syscall(SYS_rt_sigqueueinfo, pid, sig, info)
#define pidfd_getfd(pidfd, fd, flags) \
	syscall(SYS_pidfd_getfd, pidfd, fd, flags)
#define CALL(type, name, params, args)                                      \
	static long real_##name params                                      \
	{                                                                   \
		long r = (long)(type)name args;                             \
                                                                            \
		return r == -1 ? -errno : r;                                \
	}
#include "tests/sim/calls.h"
#undef CALL
#undef getcwd

static const struct calls real_calls = {
#define CALL(type, name, params, args) .name = real_##name,
#include "tests/sim/calls.h"
#undef CALL
	.exit = _exit,
};

/* Shared with the actors. */
static struct {
	struct step step[ACTORS];
	pid_t pids[ACTORS];
	char out[ACTORS][ANSWER];
} *shared;

static int order[ACTORS][2], reply[2], pidfds[ACTORS];
static bool owed[ACTORS], owed_look[ACTORS];
static struct actor self;

static void
real_handler(int sig)
{
	self.handled[sig]++;
}

static _Noreturn void
actor_run(void)
{
	struct step s;
	char byte;

	for (;;) {
		while (read(order[self.me][0], &byte, 1) != 1)
			;
		memcpy(differ_pids, shared->pids, sizeof(differ_pids));
		self.out = shared->out[self.me];
		self.len = 0;
		self.out[0] = '\0';
		self.child = false;
		s = shared->step[self.me]; /* a child needs it longer */
		ops[s.op].run(&self, s.a);
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
	struct rlimit l = { LIMIT, LIMIT };
	static const struct sigaction plain_action;

	self = (struct actor){ .k = &real_calls };
	differ_handler = real_handler;
	close_range(0, HIGH - 1, 0);
	setsid();
	umask(022);
	for (int sig = 1; sig < SIGNALS; sig++)
		sigaction(sig, &plain_action, NULL);
	setrlimit(RLIMIT_NOFILE, &l);
	if (run_uid && (setgroups(0, NULL) || setgid(run_uid) ||
			   setuid(run_uid)))
		_exit(99);
	prctl(PR_SET_DUMPABLE, 1);
	actor_run();
}

/* The state in /proc; '-' if there is none.  One that init has to reap, and does at
 * once, is as good as none: X. */
static char
real_state(pid_t pid)
{
	char name[32], text[512] = "", *at, state = '-';
	int fd, ppid = 0;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	if (fd >= 0)
		close(fd);
	at = strrchr(text, ')');
	if (at && sscanf(at, ") %c %d", &state, &ppid) == 2 && state == 'Z' &&
	    ppid == 1)
		state = 'X';
	return state;
}

/* Wait until actor i has answered, or stops, or is dead. */
static enum life
real_await(int i)
{
	struct pollfd p[2] = { { .fd = reply[0], .events = POLLIN },
		{ .fd = pidfds[i], .events = POLLIN } };
	char who, state;

	for (;;) {
		if (!owed[i])
			return LIVES;
		poll(p, 2, 1);
		if (p[0].revents && read(reply[0], &who, 1) == 1) {
			owed[(int)who] = false;
			continue;
		}
		state = real_state(real.pids[i]);
		if (p[1].revents && (state == 'Z' || state == '-'))
			return DEAD;
		if (state == 'T')
			return STOPS;
	}
}

static enum life
real_ask(int i, const struct step *s)
{
	shared->step[i] = *s;
	memcpy(shared->pids, real.pids, sizeof(shared->pids));
	owed[i] = true;
	if (write(order[i][1], "", 1) != 1)
		err(2, "write");
	return real_await(i);
}

static void
handled_add(struct side *s, int i, const char *text)
{
	size_t n = strlen(s->handled[i]);

	snprintf(s->handled[i] + n, LINE - n, "%s", text);
}

/* Look at all actors, until nobody has died on the way. */
static void
real_settle(void)
{
	static const struct step look;
	bool again = true;

	while (again) {
		again = false;
		for (int i = 0; i < born; i++) {
			enum life was = real.life[i], is;

			if (was == DEAD)
				continue;
			is = real_await(i);
			if (is != STOPS && is != DEAD && !owed_look[i]) {
				owed_look[i] = true;
				is = real_ask(i, &look);
			}
			if (is == LIVES) {
				handled_add(&real, i, shared->out[i]);
				owed_look[i] = false;
			}
			again |= is != was;
			real.life[i] = is;
		}
	}
	for (int i = 0; i < born; i++)
		while (real.life[i] == DEAD && real_state(real.pids[i]) == 'X')
			usleep(20);
}

static void
real_born(pid_t pid)
{
	real.pids[born] = pid;
	pidfds[born] = pidfd_open(pid, 0);
	if (pidfds[born] < 0)
		err(2, "pidfd_open");
	real.life[born] = LIVES;
}

/* New pipes for each sequence: those of the last one may be full of orders. */
static void
pipe_high(int *ends)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		err(2, "pipe");
	for (int i = 0; i < 2; i++) {
		if (ends[i])
			close(ends[i]);
		ends[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, HIGH);
		close(fds[i]);
	}
}

static void
real_begin(void)
{
	pid_t pid;

	pipe_high(reply);
	for (int i = 0; i < ACTORS; i++)
		pipe_high(order[i]);
	memset(owed, 0, sizeof(owed));
	memset(owed_look, 0, sizeof(owed_look));

	if (mkdir(FOLDER, 0755) || chown(FOLDER, run_uid, run_uid) ||
	    chdir(FOLDER))
		err(2, "%s", FOLDER);
	for (int i = 0; i < ACTORS; i++)
		real.pids[i] = NOBODY;
	pid = fork();
	if (pid == 0)
		actor_begin();
	real_born(pid);
	real.first = getpid();
}

static void
real_run(const struct step *s)
{
	enum life is = real_ask(s->actor, s);

	real.life[s->actor] = is;
	snprintf(real.answer, sizeof(real.answer), "%s",
	    is == LIVES ? shared->out[s->actor] : "");
}

static void
real_end(void)
{
	struct actor driver = { .k = &real_calls, .out = real.answer };

	for (int i = 0; i < born; i++) {
		if (real.life[i] != DEAD) {
			syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL,
			    0);
			while (real_state(real.pids[i]) != '-')
				usleep(100);
		}
		close(pidfds[i]);
	}
	tree_tell(&driver);
}

/*
 * The simulated side: what sched.c and world.c are otherwise.
 */

enum { OVER = 1, STOPPED_SELF, BLOCKS, UNKNOWN };

#define ARENA (64L << 20)

long long sim_clock;
struct proc *now;
struct proc procs[PROCS];
int nprocs;
bool telling;

static struct actor actors[ACTORS];
static char *arena;
static size_t arena_used;
static jmp_buf out;
static char complaint[LINE];

static void
sim_exit(int status)
{
	proc_exit((status & 0xff) << 8);
}

static const struct calls sim_calls = {
#define CALL(type, name, params, args) .name = k_##name,
#include "tests/sim/calls.h"
#undef CALL
	.exit = sim_exit,
};

void *
kalloc(size_t n)
{
	char *at = arena + arena_used;

	n = (n + 15) & ~(size_t)15;
	if (arena_used + n > (size_t)ARENA)
		unknown("too much memory");
	arena_used += n;
	return memset(at, 0, n);
}

char *
kstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(kalloc(n), s, n);
}

unsigned long
sim_random(unsigned long n)
{
	(void)n;
	return 0;
}

long
block(const void *const *chans, int n, long long until)
{
	(void)chans;
	(void)n;
	if (until <= sim_clock)
		return -ETIME;
	longjmp(out, BLOCKS);
}

bool
block_anyhow(const void *const *chan)
{
	(void)chan;
	longjmp(out, BLOCKS);
}

static void
complain(const char *fmt, va_list ap)
{
	vsnprintf(complaint, sizeof(complaint), fmt, ap);
	longjmp(out, UNKNOWN);
}

void
unknown(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	abort();
}

void
wrong(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	complain(fmt, ap);
	abort();
}

void
sched_leave(void)
{
	longjmp(out, OVER);
}

void
sched_yield_turn(void)
{
	longjmp(out, STOPPED_SELF);
}

bool
sched_fork(struct proc *child)
{
	(void)child;
	return false;
}

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

void wake(const void *chan) { (void)chan; }
void tell(const char *fmt, ...) { (void)fmt; }
void enter(const char *call) { (void)call; }
void world_ends(struct proc *p) { (void)p; }
void oracle_execs(const struct inode *file) { (void)file; }
struct memory *memory_new(void) { return NULL; }
struct memory *memory_share(struct memory *of) { return of; }
void memory_drop(struct memory *m) { (void)m; }

void
sched_start(struct proc *p, void (*run)(void), char *base)
{
	(void)p;
	(void)run;
	(void)base;
}

static void
sim_handler(int sig)
{
	for (int i = 0; i < born; i++)
		if (now->pid == sim.pids[i])
			actors[i].handled[sig]++;
}

static void
sim_born(pid_t pid)
{
	sim.pids[born] = pid;
	sim.life[born] = LIVES;
}

static void
sim_begin(void)
{
	char *none[] = { NULL };
	struct proc *p;
	struct inode *folder;

	arena_used = 0;
	memset(procs, 0, sizeof(procs));
	nprocs = 0;
	sim_clock = 1000 * SECOND;
	now = NULL;
	files_begin();
	procs_begin_world(0);
	socks_begin();
	procfs_begin();
	file_make("/bin/actor", 0755, "");
	p = proc_launch("/bin/actor", none, none);
	now = procs;
	k_mkdir(FOLDER, 0755);
	if (path_find(AT_FDCWD, FOLDER, true, &folder))
		errx(2, "no folder");
	p->uid = p->gid = folder->uid = folder->gid = run_uid;
	p->cwd = procs->cwd = folder;
	p->actions[SIGCHLD].handler = SIG_DFL;
	memset(actors, 0, sizeof(actors));
	for (int i = 0; i < ACTORS; i++)
		sim.pids[i] = NOBODY;
	actors[0].k = &sim_calls;
	sim_born(p->pid);
	sim.first = procs->pid;
}

/* Run a step of actor i, or none, and what signals do to it then. */
static void
sim_do(int i, const struct step *s)
{
	struct proc *p = proc_find_pid(sim.pids[i]);
	long r = 0;
	int how;

	now = p;
	how = setjmp(out);
	if (!how) {
		if (s)
			ops[s->op].run(&actors[i], s->a);
		leave(&r);
	}
	if (how == BLOCKS)
		snprintf(sim.answer, sizeof(sim.answer), " blocks");
	else if (how == UNKNOWN)
		snprintf(sim.answer, sizeof(sim.answer), " unknown: %s",
		    complaint);
	now = NULL;
}

static void
sim_look(int i)
{
	struct proc *p = proc_find_pid(sim.pids[i]);

	sim.life[i] = !p || p->state == ZOMBIE || p->state == FREE ? DEAD :
	    p->state == STOPPED                                    ? STOPS :
							     LIVES;
}

static void
sim_run(const struct step *s)
{
	struct actor *c = &actors[s->actor];

	memcpy(differ_pids, sim.pids, sizeof(differ_pids));
	differ_handler = sim_handler;
	sim.answer[0] = '\0';
	c->out = sim.answer;
	c->len = 0;
	sim_do(s->actor, s);
	sim_look(s->actor);
}

static void
sim_settle(void)
{
	static const struct step look;
	bool again = true;
	char text[ANSWER];

	while (again) {
		again = false;
		for (int i = 0; i < born; i++) {
			enum life was = sim.life[i];

			sim_look(i);
			if (sim.life[i] == LIVES)
				sim_do(i, NULL);
			sim_look(i);
			again |= sim.life[i] != was;
		}
	}
	for (int i = 0; i < born; i++) {
		if (sim.life[i] != LIVES)
			continue;
		actors[i].out = text;
		actors[i].len = 0;
		text[0] = '\0';
		ops[look.op].run(&actors[i], look.a);
		handled_add(&sim, i, text);
	}
}

static void
sim_end_one(struct proc *p)
{
	now = p;
	if (!setjmp(out))
		proc_exit(SIGKILL);
}

static void
sim_end(void)
{
	struct actor driver = { .k = &sim_calls, .out = sim.answer };

	now = procs;
	sim.answer[0] = '\0';
	for (struct proc *p = procs + 1; p < procs + nprocs; p++)
		if (p->state != FREE && p->state != ZOMBIE)
			sim_end_one(p);
	now = procs;
	if (setjmp(out) == 0)
		tree_tell(&driver);
	else
		snprintf(sim.answer, sizeof(sim.answer), "unknown: %s",
		    complaint);
}

/*
 * Compare.
 */

static int
number(struct side *s, int what, unsigned long n)
{
	int i = 0;

	while (i < s->nseen[what] && s->seen[what][i] != n)
		i++;
	if (i == s->nseen[what] && i < 511)
		s->seen[what][s->nseen[what]++] = n;
	return i;
}

/* What stands in brackets: x:N.  Its text. */
static void
plain(struct side *s, int actor, const char *at, char *to, size_t cap)
{
	unsigned long n = strtoul(at + 2, NULL, 10);

	if (strchr("ivk", *at)) {
		snprintf(to, cap, "%c%d", *at,
		    number(s, *at == 'i' ? 0 : *at == 'v' ? 1 : 2, n));
	} else if (*at == 'p') {
		snprintf(to, cap, "pid?");
		for (int i = 0; i < ACTORS; i++)
			if (s->pids[i] == (pid_t)n)
				snprintf(to, cap, "actor%d", i);
		if (s->first == (pid_t)n || !n)
			snprintf(to, cap, n ? "init" : "0");
	} else {
		snprintf(to, cap, "%s", at + 2);
		if (s == &real && strtoul(at + 3, NULL, 10) < HINTS)
			hints[actor][strtoul(at + 3, NULL, 10)] =
			    at[2] == '-' ? '\0' : at[2];
	}
}

/* Replace what stands in brackets. */
static void
normalise(struct side *s, int actor)
{
	static char text[sizeof(s->answer)];
	char piece[64];
	const char *end;
	size_t n = 0;

	for (const char *at = s->answer; *at && n < sizeof(text) - 80; at++) {
		end = at[0] == '<' && at[1] && at[2] == ':' ? strchr(at, '>') :
		    NULL;
		if (!end || end - at > 40) {
			text[n++] = *at;
			continue;
		}
		snprintf(piece, sizeof(piece), "%.*s", (int)(end - at - 1),
		    at + 1);
		plain(s, actor, piece, text + n, sizeof(text) - n);
		n += strlen(text + n);
		at = end;
	}
	text[n] = '\0';
	memcpy(s->answer, text, n + 1);
}

/* Behind the answer: how the actors are. */
static void
append_lives(struct side *s)
{
	size_t n = strlen(s->answer);

	for (int i = 0; i < born; i++) {
		if (s->life[i] == DEAD && i && s->life[i - 1] == DEAD)
			continue;
		n += (size_t)snprintf(s->answer + n, sizeof(s->answer) - n,
		    "%s%d%s%s", i ? "; " : "  | ", i,
		    s->life[i] == DEAD      ? " dead" :
			s->life[i] == STOPS ? " stops" :
					      "",
		    s->handled[i]);
		s->handled[i][0] = '\0';
	}
}

static char story[CALLS + 20][LINE + 400];
static int told;
static bool cut; /* something came that the simulated kernel does not have */
static unsigned long cuts;

static void
story_add(const struct step *s)
{
	char *at = story[told];
	size_t n = (size_t)snprintf(at, LINE, "%d: %s(", s->actor,
	    ops[s->op].name);
	const char *args = ops[s->op].args;

	for (int i = 0; args[i]; i++) {
		n += (size_t)snprintf(at + n, LINE - n, i ? ", " : "");
		if (args[i] == 'n')
			n += (size_t)snprintf(at + n, LINE - n, "\"%s\"",
			    op_path(s->a[i]));
		else if (s->a[i] == AT_FDCWD)
			n += (size_t)snprintf(at + n, LINE - n, "cwd");
		else
			n += (size_t)snprintf(at + n, LINE - n,
			    strchr("om", args[i]) ? "0%lo" : "%ld", s->a[i]);
	}
	snprintf(at + n, sizeof(story[0]) - n, ") =%s", real.answer);
}

static bool
step_compare(const struct step *s)
{
	pid_t pids[2] = { 0, 0 };
	char *at;

	real_run(s);
	sim_run(s);
	if (!strcmp(ops[s->op].name, "fork")) {
		at = strstr(real.answer, "<p:");
		pids[0] = at ? atoi(at + 3) : 0;
		at = strstr(sim.answer, "<p:");
		pids[1] = at ? atoi(at + 3) : 0;
		if (pids[0] && pids[1]) {
			real_born(pids[0]);
			sim_born(pids[1]);
			memcpy(hints[born], hints[s->actor], HINTS);
			actors[born] = actors[s->actor];
			memset(actors[born].handled, 0,
			    sizeof(actors[born].handled));
			actors[born].me = born;
			born++;
		}
	}
	real_settle();
	sim_settle();
	if (real.life[s->actor] != LIVES)
		real.answer[0] = '\0';
	if (sim.life[s->actor] != LIVES && sim.answer[1] != 'u')
		sim.answer[0] = '\0';
	normalise(&real, s->actor);
	normalise(&sim, s->actor);
	append_lives(&real);
	append_lives(&sim);
	story_add(s);
	if (verbose)
		printf("%s\n", story[told]);
	told++;
	if (!strncmp(sim.answer, " unknown", 8)) {
		if (verbose)
			printf("cut short:%s\n", sim.answer);
		cut = true;
		return true;
	}
	return !strcmp(real.answer, sim.answer);
}

/* What is there before each sequence; its mode. */
static const struct {
	const char *name;
	mode_t mode;
} kept[] = { { "/", 0755 }, { "/bin", 0755 }, { "/bin/actor", 0755 },
	{ "/dev", 0755 }, { "/dev/null", 0666 }, { "/proc", 0 },
	{ "/tmp", 01777 } };

static int
remove_one(const char *name, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	if (!at->level)
		return chmod("/", kept[0].mode);
	for (size_t i = 1; i < sizeof(kept) / sizeof(*kept); i++)
		if (!strcmp(kept[i].name, name))
			return kept[i].mode ? chmod(name, kept[i].mode) : 0;
	return remove(name);
}

/* What actors have made, anywhere. */
static void
folder_empty(void)
{
	if (chdir("/") || nftw("/", remove_one, 8,
	    FTW_DEPTH | FTW_PHYS | FTW_MOUNT))
		err(2, "what is left");
}

static bool
sequence(unsigned long seed)
{
	struct step s;
	bool same = true;
	int npre = sizeof(prelude) / sizeof(*prelude);

	chance_state = seed * 0x2545f4914f6cdd1d + 1;
	memset(&real, 0, sizeof(real));
	memset(&sim, 0, sizeof(sim));
	memset(hints, 0, sizeof(hints));
	told = born = 0;
	cut = false;
	run_uid = getuid() == 0 && seed % 2 ? SOMEBODY : getuid();
	snprintf(differ_tag, sizeof(differ_tag), "d%lu", seed % 100000000);
	weights_draw();
	real_begin();
	sim_begin();
	born = 1;
	for (int i = 0; i < CALLS && same && !cut; i++) {
		if (i < npre) {
			s = (struct step){ .op = op_find(prelude[i].name) };
			memcpy(s.a, prelude[i].a, sizeof(s.a));
		} else if (!step_draw(&s)) {
			break;
		}
		same = step_compare(&s);
	}
	if (!same) {
		for (int i = 0; i < told; i++)
			printf("%s\n", story[i]);
		printf("seed %lu, user %u: the calls differ\nreal:%s\nsim: %s\n",
		    seed, run_uid, real.answer, sim.answer);
	}
	real_end();
	sim_end();
	normalise(&real, 0);
	normalise(&sim, 0);
	cuts += cut;
	if (same && !cut && strcmp(real.answer, sim.answer)) {
		for (int i = 0; i < told; i++)
			printf("%s\n", story[i]);
		printf("seed %lu, user %u: the trees differ\nreal:\n%ssim:\n%s",
		    seed, run_uid, real.answer, sim.answer);
		same = false;
	}
	folder_empty();
	return same;
}

/* Processes and files of our own. */
static void
own_world(void)
{
	int flags = CLONE_NEWPID | CLONE_NEWNS, status;
	pid_t pid;

	if (getuid() != 0)
		flags |= CLONE_NEWUSER;
	if (unshare(flags) < 0)
		err(77, "no namespaces");
	if ((pid = fork()) < 0)
		err(2, "fork");
	if (pid) {
		waitpid(pid, &status, 0);
		exit(WIFEXITED(status) ? WEXITSTATUS(status) : 2);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	umask(0);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmp", "/tmp", "tmpfs", 0, "mode=755") ||
	    mkdir("/tmp/proc", 0555) ||
	    mount("proc", "/tmp/proc", "proc", 0, NULL) || chdir("/tmp") ||
	    mkdir("tmp", 01777) || mkdir("bin", 0755) || mkdir("dev", 0755) ||
	    close(creat("bin/actor", 0755)) || close(creat("dev/null", 0666)) ||
	    chroot("."))
		err(77, "mount");
}

int
main(int argc, char **argv)
{
	unsigned long seed, count = 300, bad = 0;
	bool all = false;
	int c;

	while ((c = getopt(argc, argv, "an:v")) != -1) {
		if (c == 'a')
			all = true;
		else if (c == 'n')
			count = strtoul(optarg, NULL, 10);
		else if (c == 'v')
			verbose = true;
		else
			errx(2, "usage: differ [-av] [-n COUNT] [SEED]");
	}
	seed = argc > optind ? strtoul(argv[optind], NULL, 10) : 1;
	own_world();
	umask(022);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	arena = mmap(NULL, (size_t)ARENA, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	for (unsigned long i = 0; i < count; i++) {
		if (sequence(seed + i))
			continue;
		bad++;
		if (!all)
			break;
		fflush(stdout);
	}
	printf("%lu sequences from seed %lu: %lu differ, %lu were cut short\n",
	    count, seed, bad, cuts);
	return bad != 0;
}
