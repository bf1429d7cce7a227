/*
 * differ.c: makes the same calls on the simulated kernel and the real one.
 *
 * A sequence, made by a seed, is some 400 calls by up to three processes in one
 * folder.  Both sides run in lockstep.  A call can sleep only in a scene
 * (differ_scenes.c), and one at a time.  After a call that can kill others, or wake
 * the one that sleeps, we look at all of them: by then a pending signal has arrived.
 * At the end each reports all that it sees, and exits.  Each sequence has
 * processes and files of its own: a kill reaches no other process; paths and
 * pids are the same on both sides.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>

#include <bsd/stdlib.h>
#include <err.h>
#include <linux/sockios.h>
#include <sched.h>

#include "cli/base/compat.h"
#include "tests/sim/differ.h"

enum {
	CALLS = 400,
	BETWEEN = 8,      /* so many steps or so between two scenes */
	LIVE = 3,         /* actors at a time at most */
	SOMEBODY = 54321, /* a user */
	CUT = 3,          /* exit: the simulated kernel does not know a call */
	MOST = 3          /* that differ; then it is enough */
};

uid_t run_uid;

static uint64_t chance_state;
static long favourite;  /* address of this sequence's sockets */
static int subject;     /* the first operation of it */
static bool crowd;      /* two have exited at once: in which order? */
static bool watched;    /* some directory is: any call can send a signal */
static bool playing;    /* a scene */
static bool missing;    /* no descriptor of the kind: draw again, mostly */

unsigned long
chance(unsigned long n)
{
	uint64_t x = chance_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (unsigned long)((x ^ x >> 31) % n);
}

#define WATCH(what) ((long)(DN_MULTISHOT | (what)))

/* What an argument of a letter can be.  Another digit: below it; others: argument. */
static const struct choice {
	char letter;
	int n;
	long of[19];
} choices[] = {
	{ '1', 1, { 1 } }, { '-', 1, { -1 } }, { 'Z', 1, { 4096 } },
	{ '9', 4, { 0, 1, 5, 60 } }, { '<', 4, { 0, 1, 2, 3 } },
	{ 'B', 3, { 0, 0, AT_REMOVEDIR } }, { 'b', 4, { 0, 1, 2, 16 } },
	{ 'E', 5, { POLLIN, POLLIN | POLLOUT, POLLIN | POLLRDHUP, POLLPRI, 0 } },
	{ 'G', 3, { 0, AT_EACCESS, AT_SYMLINK_NOFOLLOW } },
	{ 'H', 4, { 0, MSG_PEEK, MSG_CMSG_CLOEXEC, MSG_CMSG_CLOEXEC | MSG_PEEK } },
	{ 'I', 3, { P_ALL, P_PID, P_PID } }, { 'J', 2, { SO_PEERCRED, SO_PEERPIDFD } },
	{ 'Q', 1, { SIOCINQ } },
	{ 'P', 2, { PROT_READ, PROT_READ | PROT_WRITE } },
	{ 'R', 3, { 0, 0, RENAME_NOREPLACE } }, { '=', 1, { SO_PASSRIGHTS } },
	{ '%', 1, { F_SETSIG } }, { '$', 1, { F_NOTIFY } },
	{ ':', 3, { WATCH(DN_CREATE), WATCH(DN_DELETE | DN_MODIFY), WATCH(DN_RENAME) } },
	{ '*', 1, { F_DUPFD_CLOEXEC } }, { '@', 5, { 0, 1, 5, 100, 5000 } },
	{ '+', 1, { 4 } }, { '.', 4, { NONE, ZERO, SHORT, LONG } },
	{ 'T', 4, { STREAM, SEQPACKET, SOCK_DGRAM | SOCK_NONBLOCK, STREAM |
	    SOCK_CLOEXEC } },
	{ 'V', 3, { STREAM, STREAM | SOCK_CLOEXEC, SEQPACKET } },
	{ 'W', 4, { 0, SA_RESTART, 0, SA_NOCLDWAIT } },
	{ 'X', 2, { WNOHANG, WUNTRACED | WNOHANG } },
	{ 'Y', 4, { WEXITED | WNOHANG, WEXITED | WNOWAIT | WNOHANG, WEXITED |
	    WSTOPPED | WNOHANG, WSTOPPED | WNOHANG } },
	{ 'a', 3, { 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW } },
	{ 'c', 2, { SFD_NONBLOCK, SFD_NONBLOCK | SFD_CLOEXEC } },
	{ 'd', 2, { PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER } },
	{ '~', 5, { 0, SIGTERM, SIGKILL, SIGUSR1, 1 } },
	{ 'e', 8, { 0, 3, 5, 9, 12, LIMIT - 1, LIMIT, -1 } },
	{ 'f', 2, { SOCK_NONBLOCK, SOCK_NONBLOCK | SOCK_CLOEXEC } },
	{ 'g', 3, { MSG_NOSIGNAL, MSG_NOSIGNAL, 0 } }, { 'h', 3, { 0, 0, MSG_PEEK } },
	{ 'i', 5, { 0, CMSG_SPACE(4), CMSG_SPACE(16), CMSG_LEN(4), CMSG_SPACE(32) } },
	{ 'j', 3, { F_OFD_SETLK, F_OFD_SETLK, F_OFD_GETLK } },
	{ 'k', 3, { LOCK_SH | LOCK_NB, LOCK_EX | LOCK_NB, LOCK_UN } },
	{ 'l', 5, { 0, 1, 3, 40, 5000 } },
	{ 'm', 8, { 0600, 0700, 0644, 0755, 0777, 0, 0022, 0077 } },
	{ 'o', 19, { O_RDONLY, O_RDWR, O_RDWR | O_CREAT, O_RDWR | O_CREAT, O_WRONLY |
	    O_CREAT | O_EXCL, O_RDWR | O_CREAT | O_EXCL, O_WRONLY | O_APPEND |
	    O_CREAT, O_RDONLY | O_DIRECTORY, O_PATH, O_PATH | O_NOFOLLOW, O_PATH |
	    O_DIRECTORY | O_NOFOLLOW, O_RDONLY | O_NOFOLLOW, O_WRONLY | O_TRUNC,
	    O_RDONLY | O_CLOEXEC, O_RDWR | O_CREAT | O_NOFOLLOW, O_WRONLY | O_CREAT |
	    O_TRUNC | O_CLOEXEC, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, O_RDONLY | O_NOCTTY } },
	{ 'q', 5, { BIT(SIGCHLD), BIT(SIGUSR1) | BIT(SIGTERM), BIT(SIGURG) |
	    BIT(SIGCHLD) | BIT(SIGHUP), ~BIT(SIGPIPE), BIT(SIGTERM) | BIT(SIGCONT) } },
	{ 'r', 5, { O_RDONLY, O_RDWR, O_PATH, O_RDONLY | O_DIRECTORY, O_WRONLY } },
	{ 's', 19, { 0, SIGUSR1, SIGUSR1, SIGUSR1, SIGUSR2, SIGURG, SIGURG, SIGCHLD,
	    SIGCHLD, SIGHUP, SIGPIPE, SIGCONT, SIGCONT, SIGTERM, SIGALRM, SIGKILL,
	    SIGWINCH, SIGHUP, SIGURG } },
	{ 'u', 3, { F_GETFD, F_SETFD, F_GETFL } },
	{ 'v', 2, { SHUT_RD, SHUT_RDWR } }, { 'w', 3, { F_RDLCK, F_WRLCK, F_UNLCK } },
	{ 'y', 6, { 0, 1, 3, 40, 5000, -1 } },
	{ 'z', 7, { 0, 1, 5, 5, 100, 2000, 4096 } },
	{ '\0', 0, { 0 } }
};

/* The same thing is often used again: a descriptor, path, pid, signal. */
static long recent[128] = { ['t'] = FIRST_PID };

static long
again(char what, long drawn)
{
	return chance(2) ? recent[(int)what] : (recent[(int)what] = drawn);
}

/* A descriptor of actor i; mostly one of this kind. */
static long
some_fd(int i, const char *kinds)
{
	long of[HINTS], last = recent['x'];
	unsigned long n = 0;

	if (last >= 0 && last < HINTS && hints[i][last] && chance(2) &&
	    (!*kinds || strchr(kinds, hints[i][last])))
		return last;
	for (int fd = 0; fd < HINTS; fd++)
		if (hints[i][fd] && (!*kinds || strchr(kinds, hints[i][fd])))
			of[n++] = fd;
	if (n && chance(12))
		return recent['x'] = of[chance(n)];
	missing |= !n;
	return (long)chance(12) - 1;
}

static long
some_pid(void)
{
	long i = (long)chance(ACTORS);

	for (; real.life[i] == UNBORN && chance(12); i = (long)chance(ACTORS))
		;
	return again('t', FIRST_PID + i);
}

/* The letters of descriptors, and of what kinds they are (got). */
static const char *const descriptors[] = { "Ffd", "Ls", "Nn", "_q", "x", "Od", "|p" };

long
argument(int actor, char letter)
{
	const struct choice *c = choices;
	long drawn;

	if (strchr("0>#&!", letter))
		return 0; /* op_run knows */
	switch (letter) {
	case 'A':
		return chance(3) ? favourite : (long)chance(7);
	case 'D':
		return chance(3) ? AT_FDCWD : some_fd(actor, "do");
	case 'K':
	case 'U':
		return chance(2) ? some_pid() : letter == 'K' ? -1 : 0;
	case 'S':
		return some_fd(actor, chance(5) ? "cu" : "scun");
	case 'n':
		return again('n', (long)(chance(2) ? chance(8) : chance(22)));
	case 'p':
		return chance(4) ? some_pid() : chance(4) ? -some_pid() : 0;
	case 't':
		return some_pid();
	case 'q':
		/* PIPE is its thread's own, which the simulated kernel has not. */
		if (chance(2) && recent['s'] && recent['s'] != SIGPIPE)
			return BIT(recent['s']);
	}
	for (int i = 0; i < 7; i++)
		if (*descriptors[i] == letter)
			return some_fd(actor, descriptors[i] + 1);
	while (c->letter && c->letter != letter)
		c++;
	if (!c->letter)
		return (long)chance((unsigned long)(letter - '0'));
	drawn = c->of[chance((unsigned long)c->n)];
	return letter == 's' ? again('s', drawn) : drawn;
}

/* The subject of a sequence, neighbours in the list, comes more often. */
static int
weight(int op)
{
	return ops[op].weight * (op >= subject && op < subject + 25 ? 4 : 1);
}

static int
op_draw(void)
{
	int sum = 0, at, op = 0;

	for (int i = 0; i < nops; i++)
		sum += weight(i);
	for (at = (int)chance((unsigned long)sum); at >= weight(op); op++)
		at -= weight(op);
	return op;
}

bool
step_draw(struct step *s, int last, const char *then)
{
	int live = 0, used = 0, op, fork_op = op_find("fork");
	bool full;

	for (int i = 0; i < ACTORS; i++) {
		live += real.life[i] == LIVES;
		used += real.life[i] != UNBORN && kill(FIRST_PID + i, 0) == 0;
	}
	full = live >= LIVE || used > ACTORS / 2;
	if (!live || crowd)
		return false;
	s->actor = last;
	while (real.life[s->actor] != LIVES || !chance(2))
		s->actor = (int)chance(ACTORS);
	do {
		op = then && chance(3) ? op_find(then) :
		    full || chance(12) ? op_draw() : fork_op;
		missing = false;
		for (int i = 0; ops[op].args[i]; i++)
			s->a[i] = argument(s->actor, ops[op].args[i]);
		if (op == op_find("kill") && s->a[0] <= 0 && s->a[1] == SIGKILL)
			s->a[1] = SIGUSR1;
	} while ((op == fork_op && full) || (missing && chance(12)));
	s->op = op;
	return true;
}

#define MAKE (O_RDWR | O_CREAT)

/* What comes first: something to begin with, and what chance seldom puts together. */
static const struct {
	const char *name;
	long a[ARGS];
} prelude[] = {
	{ "sigaction", { SIGUSR1, 2, 0 } }, { "sigaction", { SIGURG, 2, SA_RESTART } },
	{ "sigaction", { SIGPIPE, 2, 0 } }, { "sigaction", { SIGHUP, 2, 0 } },
	{ "mkdirat", { AT_FDCWD, 3, 0755 } }, { "mkdirat", { AT_FDCWD, 5, 0755 } },
	{ "openat", { AT_FDCWD, 0, MAKE, 0644 } }, { "write", { 0, 0, 5 } },
	/* The lock of a file in flight: until it is received, or no process can
	 * receive it. */
	{ "openat", { AT_FDCWD, 0, MAKE } }, { "socketpair", { AF_UNIX, STREAM } },
	{ "flock", { 1, LOCK_EX | LOCK_NB } }, { "sendmsg", { 2, 0, 5, 1, 1 } },
	{ "close", { 1 } }, { "flock", { 0, LOCK_EX | LOCK_NB } },
	{ "read", { 3, 0, 9 } }, { "flock", { 0, LOCK_EX | LOCK_NB } },
	{ "openat", { AT_FDCWD, 0, MAKE } }, { "flock", { 0, LOCK_SH | LOCK_NB } },
	{ "flock", { 1, LOCK_SH | LOCK_NB } }, { "flock", { 0, LOCK_EX | LOCK_NB } },
	{ "flock", { 1, LOCK_EX | LOCK_NB } }, { "send", { 2, 1, 5, 0 } },
	{ "sendmsg", { 2, 0, 5, 1, 1 } }, { "send", { 2, 2, 5, 0 } },
	{ "close", { 1 } }, { "recv", { 3, 0, 100, MSG_PEEK } },
	{ "recv", { 3, 0, 3, 0 } }, { "close", { 3 } },
	{ "flock", { 0, LOCK_EX | LOCK_NB } }, { "recv", { 2, 0, 9, 0 } },
	{ "socketpair", { AF_UNIX, SEQPACKET } }, { "send", { 1, 0, 0, 0 } },
	{ "close", { 3 } }, { "recv", { 1, 0, 9, 0 } },
	{ "close_range", { 1, 9, 0 } }, { "flock", { 0, LOCK_UN } },
	{ "openat", { AT_FDCWD, 0, MAKE } }, { "lock", { 1, F_OFD_SETLK, F_WRLCK } },
	{ "mmap", { 1, PROT_READ } }, { "close", { 1 } },
	{ "lock", { 0, F_OFD_GETLK, F_WRLCK } }, { "munmap", { 0 } },
	{ "lock", { 0, F_OFD_GETLK, F_WRLCK } },
	{ "fork", { 0 } }, { "fork", { 0 } }
};
enum { PRELUDE = sizeof(prelude) / sizeof(*prelude) };

/* The first lines of the answers that are different. */
static void
difference_tell(unsigned long seed)
{
	char *a = real.answer, *b = sim.answer;
	size_t line = 0;

	for (size_t i = 0; a[i] && a[i] == b[i]; i++)
		line = a[i] == '\n' ? i + 1 : line;
	printf("seed %lu, user %u differs\nreal:%.200s\nsim: %.200s\n", seed, run_uid,
	    a + line, b + line);
}

/* Actor i, which has a turn, or sleeps. */
static enum life
life_look(struct side *s, int i, char *answer)
{
	return s->life[i] = s->look(i, answer);
}

/* Ask all actors what signals have come, until no more of them end; and whether one
 * that slept has been woken. */
static void
look_at_all(struct side *s)
{
	static const struct step look;
	static char text[ANSWER], woken[2 * ANSWER];
	unsigned long came[ACTORS] = { 0 };
	bool again = true;
	int dead = 0;
	char *to = strchr(s->answer, '\0');

	*woken = '\0';
	while (again) {
		again = false;
		for (int i = 0; i < ACTORS; i++) {
			bool slept = s->life[i] == SLEEPS;

			if (!slept && s->life[i] != LIVES)
				continue;
			if (!slept)
				s->give(i, &look);
			life_look(s, i, text);
			again |= s->life[i] == DEAD || (slept && s->life[i] == LIVES);
			dead += s->life[i] == DEAD;
			if (slept && s->life[i] == LIVES)
				sprintf(woken + strlen(woken), "; %d woke:%s", i, text);
			for (char *at = text; !slept && (at = strstr(at, "handled "));
			    at++)
				came[i] |= 1UL << atoi(at + 8);
		}
	}
	crowd |= dead > 1;
	for (int i = 0; i < ACTORS; i++)
		if (came[i] || s->life[i] == DEAD)
			to += sprintf(to, "; %d%s %lx", i, s->life[i] == DEAD ?
			    " dead" : "", s->life[i] == DEAD ? 0 : came[i]);
	strcpy(to, woken);
}

/* The one that sleeps; -1. */
int
sleeper(const struct side *s)
{
	for (int i = 0; i < ACTORS; i++)
		if (s->life[i] == SLEEPS)
			return i;
	return -1;
}

static void
side_step(struct side *side, const struct step *s)
{
	bool slept = sleeper(side) >= 0;
	enum life is;
	size_t own;
	int child;

	side->give(s->actor, s);
	is = life_look(side, s->actor, side->answer);
	child = !strcmp(ops[s->op].name, "fork") ? atoi(side->answer) - FIRST_PID : -1;
	if (child >= 0 && child < ACTORS) {
		memcpy(hints[child], hints[s->actor], HINTS);
		side->life[child] = LIVES;
	}
	watched |= s->a[1] == F_NOTIFY;
	if (is == SLEEPS)
		strcat(side->answer, " sleeps");
	own = strlen(side->answer);
	if (is == DEAD || watched || ops[s->op].far || slept)
		look_at_all(side);
	/* It may have exited before it could report. */
	if (side->life[s->actor] == DEAD && side->answer[1] != '?')
		memmove(side->answer, side->answer + own, strlen(side->answer) - own + 1);
}

/* Step i of a sequence.  At the end, when none sleeps, each live one reports all that
 * it sees, and exits. */
static bool
step_make(int i, struct step *s)
{
	int end = i - CALLS, last = s->actor;
	const char *then = ops[s->op].then;

	*s = (struct step){ .op = 0 };
	if (i < PRELUDE) {
		s->op = op_find(prelude[i].name);
		memcpy(s->a, prelude[i].a, sizeof(s->a));
		return true;
	}
	if ((end < 0 || sleeper(&real) >= 0) && playing && (playing = scene_step(s)))
		return true;
	if (end < 0 && real.life[last] == LIVES && !chance(BETWEEN) &&
	    scene_begin(last))
		return playing = scene_step(s);
	if (end < 0)
		return step_draw(s, last, then);
	if (crowd)
		return false;
	s->op = op_find(end % 2 ? "exit" : "state");
	s->a[0] = !(end % 2);
	for (s->actor = 0; real.life[s->actor] != LIVES; s->actor++)
		if (s->actor == ACTORS - 1)
			return false;
	return true;
}

/* 0: the same; 1; CUT. */
static int
sequence(unsigned long seed, bool verbose)
{
	struct step s = { .op = 0 };
	bool same = true;

	chance_state = seed * 0x2545f4914f6cdd1d + 1;
	run_uid = seed % 2 ? SOMEBODY : 0;
	favourite = (long)chance(7);
	subject = (int)chance((unsigned long)nops) - 10;
	real.begin();
	sim.begin();
	real.life[0] = sim.life[0] = LIVES;
	for (int i = 0; same && step_make(i, &s); i++) {
		side_step(&real, &s);
		side_step(&sim, &s);
		same = !strcmp(real.answer, sim.answer);
		if (verbose)
			printf("%d: %s(%ld %ld %#lo %ld) =%s\n", s.actor, ops[s.op].name,
			    s.a[0], s.a[1], s.a[2], s.a[3], real.answer);
	}
	if (same)
		return 0;
	if (verbose || sim.answer[1] != '?')
		difference_tell(seed);
	return sim.answer[1] == '?' ? CUT : 1;
}

/* In processes and files of its own. */
static int
apart(unsigned long seed, bool verbose)
{
	int status, self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), to;
	pid_t pid;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET) < 0)
		err(77, "no namespaces");
	if ((pid = fork()) < 0)
		err(2, "fork");
	if (pid) {
		waitpid(pid, &status, 0);
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		printf("seed %lu: crashes, or does not end\n", seed);
		return 1;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CPU, &(struct rlimit){ 30, 30 });
	umask(0);
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("tmp", "/tmp", "tmpfs", 0, "mode=755") ||
	    mkdir("/tmp/proc", 0555) ||
	    mount("proc", "/tmp/proc", "proc", 0, NULL) || chdir("/tmp") ||
	    mkdir("tmp", 01777) || mkdir("bin", 0755) || mkdir("dev", 0755) ||
	    close(creat("dev/null", 0666)) || chroot(".") ||
	    sendfile(to = creat(ACTOR, 0755), self, NULL, INT_MAX) < 0 || close(to))
		err(77, "mount");
	umask(022);
	signal(SIGCHLD, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	return sequence(seed, verbose);
}

/* differ [-v] [SEED [COUNT]] */
int
main(int argc, char **argv)
{
	bool verbose = argc > 1 && !strcmp(argv[1], "-v");
	long long seed, count, n = 0, bad = 0, cut = 0;
	const char *why[2];
	int status;

	if (argc == 2 && !strcmp(argv[0], "actor"))
		actor_again(atoi(argv[1]));
	argc -= verbose;
	argv += verbose;
	seed = strtonum(argc > 1 ? argv[1] : "1", 1, INT_MAX, &why[0]);
	count = strtonum(argc > 2 ? argv[2] : verbose ? "1" : "300", 1, INT_MAX,
	    &why[1]);
	if (why[0] || why[1] || argc > 3)
		errx(64, "usage: differ [-v] [SEED [COUNT]], numbers from 1");
	for (; n < count && bad < MOST; n++) {
		if (fork() == 0)
			exit(apart((unsigned long)(seed + n), verbose));
		wait(&status);
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
		if (status == 77 || status == 2)
			errx(status, "seed %lld cannot be compared", seed + n);
		bad += status == 1;
		cut += status == CUT;
	}
	printf("%lld sequences from seed %lld: %lld differ, %lld were cut short"
	    " (as Linux 6.1%s)\n",
	    n, seed, bad, cut, kernel_is_old() ? "" : "5 and later");
	return bad != 0;
}
