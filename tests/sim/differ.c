/*
 * differ.c: the simulated kernel and the real one, asked the same.
 *
 * A sequence, made by a seed, is some 200 calls by up to three processes in one
 * folder.  No call can block, so both sides go in lockstep.  After each call all
 * actors are looked at: a signal that is on its way has come then.  Each sequence
 * has processes and files of its own: a kill reaches nobody else, and paths and
 * pids are the same on both sides.
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>

#include <err.h>
#include <linux/sockios.h>
#include <sched.h>
#include <stdlib.h>

#include "cli/base/compat.h"
#include "tests/sim/differ.h"

enum {
	CALLS = 200,
	LIVE = 3,         /* actors at a time at most */
	SOMEBODY = 54321, /* a user */
	CUT = 3           /* exit: the simulated kernel does not know a call */
};

uid_t run_uid;
int born;

static uint64_t chance_state;
static long favourite;  /* address of this sequence's sockets */
static int weight[100]; /* of the operations, in this sequence */
static bool missing;    /* no descriptor of the kind: draw again, mostly */

static unsigned long
chance(unsigned long n)
{
	uint64_t x = chance_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return (unsigned long)((x ^ x >> 31) % n);
}

#define BIT(sig) (1L << ((sig) - 1))

/* What an argument of a letter can be; nothing: op_run knows.  Another digit: below
 * it; others: argument. */
static const struct choice {
	char letter;
	int n;
	long of[20];
} choices[] = {
	{ '0', 1, { 0 } },
	{ '1', 1, { 1 } },
	{ '9', 4, { 0, 1, 5, 60 } },
	{ '-', 1, { -1 } },
	{ '>', 1, { 0 } },
	{ '#', 1, { 0 } },
	{ '&', 1, { 0 } },
	{ '!', 1, { 0 } },
	{ '<', 4, { 0, 1, 2, 3 } },
	{ '/', 9, { 0, 1, 2, 3, 4, 6, 7, 9, 13 } },
	{ 'B', 3, { 0, 0, AT_REMOVEDIR } },
	{ 'E', 6, { POLLIN, POLLIN | POLLOUT, POLLIN | POLLRDHUP, POLLPRI, 0,
	              POLLIN | POLLPRI } },
	{ 'G', 3, { 0, AT_EACCESS, AT_SYMLINK_NOFOLLOW } },
	{ 'H', 5, { 0, 0, MSG_PEEK, MSG_CMSG_CLOEXEC,
	              MSG_CMSG_CLOEXEC | MSG_PEEK } },
	{ 'I', 3, { P_ALL, P_PID, P_PID } },
	{ 'J', 2, { SO_PEERCRED, SO_PEERPIDFD } },
	{ 'M', 1, { STATX_BASIC_STATS } },
	{ 'O', 2, { O_NONBLOCK, O_NONBLOCK | O_CLOEXEC } },
	{ 'P', 2, { PROT_READ, PROT_READ | PROT_WRITE } },
	{ 'Q', 1, { SIOCINQ } },
	{ 'R', 3, { 0, 0, RENAME_NOREPLACE } },
	{ 'T', 4, { SOCK_STREAM | SOCK_NONBLOCK, SOCK_SEQPACKET | SOCK_NONBLOCK,
	              SOCK_DGRAM | SOCK_NONBLOCK,
	              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK } },
	{ 'V', 2, { SOCK_STREAM | SOCK_NONBLOCK,
	              SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK } },
	{ 'W', 3, { 0, SA_RESTART, 0 } },
	{ 'X', 2, { WNOHANG, WUNTRACED | WNOHANG } },
	{ 'Y', 5, { WEXITED | WNOHANG, WEXITED | WNOHANG,
	              WEXITED | WNOWAIT | WNOHANG,
	              WEXITED | WSTOPPED | WNOHANG, WSTOPPED | WNOHANG } },
	{ 'Z', 1, { 4096 } },
	{ 'a', 4, { 0, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH,
	              AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW } },
	{ 'b', 4, { 0, 1, 2, 16 } },
	{ 'c', 2, { SFD_NONBLOCK, SFD_NONBLOCK | SFD_CLOEXEC } },
	{ 'd', 2, { PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER } },
	{ '~', 5, { 0, SIGTERM, SIGKILL, SIGUSR1, 1 } },
	{ 'e', 8, { 0, 3, 5, 9, 12, LIMIT - 1, LIMIT, -1 } },
	{ 'f', 2, { SOCK_NONBLOCK, SOCK_NONBLOCK | SOCK_CLOEXEC } },
	{ 'g', 3, { MSG_NOSIGNAL, MSG_NOSIGNAL, 0 } },
	{ 'h', 3, { 0, 0, MSG_PEEK } },
	{ 'i', 5, { 0, CMSG_SPACE(4), CMSG_SPACE(16), CMSG_LEN(4),
	              CMSG_SPACE(32) } },
	{ 'j', 3, { F_OFD_SETLK, F_OFD_SETLK, F_OFD_GETLK } },
	{ 'k', 3, { LOCK_SH | LOCK_NB, LOCK_EX | LOCK_NB, LOCK_UN } },
	{ 'l', 5, { 0, 1, 3, 40, 5000 } },
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
	{ 'q', 6, { BIT(SIGUSR1), BIT(SIGCHLD), BIT(SIGUSR1) | BIT(SIGTERM),
	              BIT(SIGURG) | BIT(SIGCHLD) | BIT(SIGHUP), -1,
	              BIT(SIGTERM) | BIT(SIGCONT) } },
	{ 'r', 5, { O_RDONLY, O_RDWR, O_PATH, O_RDONLY | O_DIRECTORY,
	              O_WRONLY } },
	{ 's', 19, { 0, SIGUSR1, SIGUSR1, SIGUSR1, SIGUSR2, SIGURG, SIGURG,
	               SIGCHLD, SIGHUP, SIGPIPE, SIGCONT, SIGCONT, SIGTERM,
	               SIGALRM, SIGKILL, 0, SIGWINCH, SIGHUP, SIGURG } },
	{ 'u', 4, { F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL } },
	{ 'v', 2, { SHUT_RD, SHUT_RDWR } },
	{ 'w', 3, { F_RDLCK, F_WRLCK, F_UNLCK } },
	{ 'y', 7, { 0, 0, 1, 3, 40, 5000, -1 } },
	{ 'z', 7, { 0, 1, 5, 5, 100, 2000, 4096 } },
	{ '\0', 0, { 0 } }
};

/* A descriptor of actor i; mostly one of this kind. */
static long
some_fd(int i, const char *kinds)
{
	long of[HINTS];
	unsigned long n = 0;

	for (int fd = 0; fd < HINTS; fd++)
		if (hints[i][fd] && (!*kinds || strchr(kinds, hints[i][fd])))
			of[n++] = fd;
	if (n && chance(12))
		return of[chance(n)];
	missing |= !n;
	return (long)chance(12) - 1;
}

static long
some_pid(void)
{
	return PID + (long)chance(chance(12) ? (unsigned long)born : ACTORS);
}

/* The letters of descriptors, and of what kinds they are (got). */
static const char *const descriptors[] = { "Ffd", "Ls", "Nn", "_q", "x" };

static long
argument(int actor, char letter)
{
	const struct choice *c = choices;

	switch (letter) {
	case 'A':
		return chance(3) ? favourite : (long)chance(7);
	case 'C':
		return born;
	case 'D':
		return chance(3) ? AT_FDCWD : some_fd(actor, "do");
	case 'K':
		return chance(2) ? -1 : some_pid();
	case 'S':
		return some_fd(actor, chance(5) ? "cu" : "scun");
	case 'U':
		return chance(2) ? 0 : some_pid();
	case 'n':
		return (long)(chance(2) ? chance(8) : chance(22));
	case 'p':
		return chance(4) ? some_pid() : chance(4) ? -some_pid() : 0;
	case 't':
		return some_pid();
	}
	for (int i = 0; i < 5; i++)
		if (*descriptors[i] == letter)
			return some_fd(actor, descriptors[i] + 1);
	while (c->letter && c->letter != letter)
		c++;
	if (c->letter)
		return c->of[chance((unsigned long)c->n)];
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
static const char *const subjects[][2] = { { "openat", "getcwd" },
	{ "close", "munmap" }, { "socket", "poll" }, { "kill", "prctl" } };

static void
weights_draw(void)
{
	unsigned long subject = chance(5);

	favourite = (long)chance(7);
	for (int i = 0; i < nops; i++)
		weight[i] = ops[i].weight;
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

static bool
step_draw(struct step *s)
{
	int live[ACTORS], n = 0, all = 0, fork_op = op_find("fork");
	bool full;

	for (int i = 0; i < born; i++) {
		all += real.life[i] != DEAD;
		if (real.life[i] == LIVES)
			live[n++] = i;
	}
	full = all >= LIVE || born == ACTORS;
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
	{ "openat", { AT_FDCWD, 0, O_RDWR | O_CREAT, 0644 } },
	{ "write", { 0, 0, 5 } },
	{ "fork", { 1 } },
	{ "fork", { 2 } },
};
enum { PRELUDE = sizeof(prelude) / sizeof(*prelude) };

/* Number what stands in brackets, in the order of appearance. */
static void
normalise(struct side *s)
{
	static char was[sizeof(s->answer)];
	char *to = s->answer, *end;
	unsigned long n;
	int i;

	strcpy(was, s->answer);
	for (char *at = was; *at; at++) {
		n = *at == '<' ? strtoul(at + 1, &end, 10) : 0;
		if (*at != '<' || *end != '>') {
			*to++ = *at;
			continue;
		}
		for (i = 0; i < s->nseen && s->seen[i] != n; i++)
			;
		if (i == s->nseen && i < 511)
			s->seen[s->nseen++] = n;
		to += sprintf(to, "#%d", i);
		at = end;
	}
	*to = '\0';
}

/* Behind the answer: how the actors are. */
static void
append_lives(struct side *s)
{
	char *at = strchr(s->answer, '\0');

	for (int i = 0; i < born; i++) {
		at += sprintf(at, "; %d%s%s", i, s->life[i] == DEAD ? " dead" :
		    "", s->handled[i]);
		s->handled[i][0] = '\0';
	}
}

static void
step_tell(const struct step *s)
{
	const char *args = ops[s->op].args;

	printf("%d: %s(", s->actor, ops[s->op].name);
	for (int i = 0; args[i]; i++)
		if (args[i] == 'n')
			printf(" \"%s\"", op_path(s->a[i]));
		else
			printf(strchr("om", args[i]) ? " 0%lo" : " %ld", s->a[i]);
	printf(" ) =%s\n", real.answer);
}

static bool
step_compare(const struct step *s)
{
	real.run(s);
	sim.run(s);
	if (!strcmp(ops[s->op].name, "fork") &&
	    atoi(real.answer) > 0 && atoi(sim.answer) > 0) {
		real.born(s->actor);
		sim.born(s->actor);
		born++;
	}
	real.settle();
	sim.settle();
	if (real.life[s->actor] != LIVES)
		real.answer[0] = '\0';
	if (sim.life[s->actor] != LIVES && sim.answer[1] != '?')
		sim.answer[0] = '\0';
	normalise(&real);
	normalise(&sim);
	append_lives(&real);
	append_lives(&sim);
	return !strcmp(real.answer, sim.answer);
}

/* 0: the same; 1; CUT. */
static int
sequence(unsigned long seed, bool verbose)
{
	struct step s;
	bool same = true;

	chance_state = seed * 0x2545f4914f6cdd1d + 1;
	run_uid = getuid() == 0 && seed % 2 ? SOMEBODY : getuid();
	weights_draw();
	real.begin();
	sim.begin();
	born = 1;
	for (int i = 0; i < CALLS && same; i++) {
		if (i < PRELUDE) {
			s = (struct step){ .op = op_find(prelude[i].name) };
			memcpy(s.a, prelude[i].a, sizeof(s.a));
		} else if (!step_draw(&s)) {
			break;
		}
		same = step_compare(&s);
		if (verbose || (!same && sim.answer[1] != '?'))
			step_tell(&s);
	}
	if (!same && sim.answer[1] == '?') {
		if (verbose)
			printf("cut short:%s\n", sim.answer);
		return CUT;
	}
	if (same) {
		tree_tell(&real);
		tree_tell(&sim);
		normalise(&real);
		normalise(&sim);
		same = !strcmp(real.answer, sim.answer);
	}
	if (!same)
		printf("seed %lu, user %u differs\nreal:%s\nsim: %s\n", seed,
		    run_uid, real.answer, sim.answer);
	return !same;
}

/* In processes and files of its own. */
static int
apart(unsigned long seed, bool verbose)
{
	pid_t pid;
	int status;

	if (unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWNET |
	    (getuid() ? CLONE_NEWUSER : 0)) < 0)
		err(77, "no namespaces");
	if ((pid = fork()) < 0)
		err(2, "fork");
	if (pid) {
		waitpid(pid, &status, 0);
		return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
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
	unsigned long seed, count, bad = 0, cut = 0;
	int status;

	argc -= verbose;
	argv += verbose;
	seed = argc > 1 ? strtoul(argv[1], NULL, 10) : 1;
	count = argc > 2 ? strtoul(argv[2], NULL, 10) : verbose ? 1 : 300;
	for (unsigned long i = 0; i < count; i++) {
		if (fork() == 0)
			exit(apart(seed + i, verbose));
		wait(&status);
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 2;
		if (status == 77 || status == 2)
			errx(status, "seed %lu cannot be compared", seed + i);
		bad += status == 1;
		cut += status == CUT;
	}
	printf("%lu sequences from seed %lu: %lu differ, %lu were cut short\n",
	    count, seed, bad, cut);
	return bad != 0;
}
