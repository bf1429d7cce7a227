/*
 * differ_scenes.c: calls that sleep, and what wakes them.
 *
 * A scene is a few steps by two actors, X and Y: X sleeps, and Y wakes it, or its time
 * limit passes.  Y acts once X is seen asleep; so the order is the same on both sides,
 * and no result depends on the speed.  While X sleeps, Y may also send it a signal, or
 * make any other call.  At the end, X is killed if it still sleeps.
 */
#include <sys/mman.h>
#include <sys/prctl.h>

#include <stdlib.h>

#include "cli/base/compat.h"
#include "tests/sim/differ.h"

/* How a step is made. */
enum {
	WAITS = 1,  /* it may sleep until it is woken */
	PASSES = 2, /* or until its time limit */
	OR = 4      /* this line, or the one before it */
};

/* Other arguments: a part of the answer to line n of the scene (the first one of those
 * with OR), a pid, what the driver draws. */
enum { PART_AT = 0x7e000000, PARTS = 4, LINES = 24, PID_AT = PART_AT + LINES * PARTS,
	DRAW_AT = PID_AT + 256 };
#define PART(n, k) (PART_AT + (n) * PARTS + (k))
#define OF(n) PART(n, 0)
#define PID_OF(who) (PID_AT + (who))
#define ANY(letter) (DRAW_AT + (letter))

struct line {
	char who; /* NUL: the scene is over */
	const char *op; /* NULL: any call */
	long a[ARGS];
	int how;
};

#define MAKE (O_RDWR | O_CREAT)
#define OPEN_A "openat", { AT_FDCWD, 0, MAKE, 0666 }
#define FORK { 'X', "fork", { 0 }, 0 } /* the child is Y */
#define NOTHING "getpid", { 0 }
#define NAME_4 4, 0 /* an address */

static const struct line flock_scene[] = {
	{ 'X', OPEN_A, 0 }, { 'Y', OPEN_A, 0 },
	{ 'Y', "flock", { OF(1), LOCK_EX | LOCK_NB }, 0 },
	{ 'Y', "flock", { OF(1), LOCK_SH | LOCK_NB }, OR },
	{ 'X', "flock", { OF(0), LOCK_SH | LOCK_NB }, 0 }, { 'X', NOTHING, OR },
	{ 'X', "flock", { OF(0), LOCK_EX }, WAITS },
	{ 'X', "flock", { OF(0), LOCK_SH }, WAITS | OR },
	{ 'Y', "flock", { OF(1), LOCK_UN }, 0 }, { 'Y', "close", { OF(1) }, OR },
	{ 'Y', "exit", { 0 }, OR },
	{ 'Y', "flock", { OF(1), LOCK_EX | LOCK_NB }, 0 },
	{ 'X', "close", { OF(0) }, 0 }, { 'Y', "close", { OF(1) }, 0 }, { 0 }
};

static const struct line range_scene[] = {
	{ 'X', OPEN_A, 0 }, { 'Y', OPEN_A, 0 },
	{ 'Y', "lock", { OF(1), F_OFD_SETLK, F_WRLCK }, 0 },
	{ 'Y', "lock", { OF(1), F_OFD_SETLK, F_RDLCK }, OR },
	{ 'X', "lock", { OF(0), F_OFD_SETLK, F_RDLCK }, 0 }, { 'X', NOTHING, OR },
	{ 'X', "lock", { OF(0), F_OFD_SETLKW, F_WRLCK }, WAITS },
	{ 'X', "lock", { OF(0), F_OFD_SETLKW, F_RDLCK }, WAITS | OR },
	{ 'Y', "lock", { OF(1), F_OFD_SETLK, F_UNLCK }, 0 },
	{ 'Y', "lock", { OF(1), F_OFD_SETLK, F_RDLCK }, OR },
	{ 'Y', "close", { OF(1) }, OR }, { 'Y', "exit", { 0 }, OR },
	{ 'Y', "lock", { OF(1), F_OFD_SETLK, F_WRLCK }, 0 },
	{ 'Y', "lock", { OF(1), F_OFD_GETLK, F_WRLCK }, 0 },
	{ 'X', "close", { OF(0) }, 0 }, { 'Y', "close", { OF(1) }, 0 }, { 0 }
};

static const struct line wait_scene[] = {
	{ 'X', "sigaction", { SIGCHLD, 2, SA_RESTART }, 0 },
	{ 'X', "sigaction", { SIGCHLD, 2, 0 }, OR },
	{ 'X', "sigaction", { SIGCHLD, 0, 0 }, OR },
	{ 'X', "sigaction", { SIGCHLD, ANY('4'), ANY('W') }, OR }, FORK,
	{ 'X', "waitpid", { OF(4) }, WAITS }, { 'X', "waitpid", { -1 }, WAITS | OR },
	{ 'X', "waitid", { P_PID, OF(4), 0, WEXITED }, WAITS | OR },
	{ 'X', "waitid", { P_PID, OF(4), 0, WEXITED | WNOWAIT }, WAITS | OR },
	{ 'X', "waitid", { P_ALL, 0, 0, WEXITED }, WAITS | OR },
	{ 'Y', "exec", { 0 }, 0 }, { 'Y', "setpgid", { 0, 0 }, OR },
	{ 'Y', "exit", { 3 }, 0 }, { 'Y', "exit", { 0 }, OR },
	{ 'Y', "kill", { PID_OF('Y'), SIGTERM }, OR },
	{ 'Y', "kill", { PID_OF('Y'), SIGKILL }, OR },
	{ 'X', "waitpid", { -1, 0, WNOHANG }, 0 }, { 0 }
};

/* A signal that is pending, or comes, under the mask of ppoll. */
static const struct line mask_scene[] = {
	{ 'X', "sigprocmask", { SIG_BLOCK, BIT(SIGUSR1) | BIT(SIGURG) }, 0 },
	{ 'X', "sigprocmask", { SIG_BLOCK, BIT(SIGURG) }, OR },
	{ 'Y', "kill", { PID_OF('X'), SIGUSR1 }, 0 },
	{ 'Y', "kill", { PID_OF('X'), SIGURG }, OR }, { 'X', NOTHING, OR },
	{ 'X', "ppoll", { -1, 0, 0, NONE }, WAITS },
	{ 'X', "ppoll", { -1, 0, BIT(SIGURG), LONG }, WAITS | OR },
	{ 'X', "ppoll", { -1, 0, BIT(SIGUSR1), ANY('.') }, WAITS | OR },
	{ 'X', "ppoll", { -1, 0, -1, ANY('.') }, WAITS | OR },
	{ 'Y', "kill", { PID_OF('X'), SIGUSR1 }, 0 },
	{ 'Y', "kill", { PID_OF('X'), SIGURG }, OR },
	{ 'X', "sigpending", { 0 }, 0 },
	{ 'X', "sigprocmask", { SIG_UNBLOCK, ~0L }, 0 }, { 0 }
};

#define PAIR(type, how) { 'X', "socketpair", { AF_UNIX, type, 0 }, how }
/* Each has one end. */
#define PAIRS PAIR(SOCK_STREAM, 0), PAIR(SOCK_SEQPACKET, OR), PAIR(SOCK_DGRAM, OR), \
	FORK, { 'X', "close", { PART(0, 2) }, 0 }, { 'Y', "close", { PART(0, 1) }, 0 }
#define MINE PART(0, 1)
#define YOURS PART(0, 2)
#define NOW(flags) (MSG_DONTWAIT | (flags))

static const struct line poll_scene[] = {
	PAIRS, { 'X', "ppoll", { MINE, ANY('E'), -1, ANY('.') }, WAITS },
	{ 'X', "ppoll", { MINE, POLLIN, -1, NONE }, WAITS | OR },
	{ 'X', "ppoll", { MINE, POLLIN, BIT(SIGUSR1), LONG }, WAITS | OR },
	{ 'Y', "send", { YOURS, 3, 40, NOW(0) }, 0 },
	{ 'Y', "shutdown", { YOURS, ANY('3') }, OR },
	{ 'Y', "close", { YOURS }, OR }, { 'Y', "exit", { 0 }, OR },
	{ 'X', "ppoll", { MINE, POLLIN | POLLRDHUP, -1, ZERO }, 0 },
	{ 'X', "recv", { MINE, 0, 100, NOW(0) }, 0 },
	{ 'X', "close", { MINE }, 0 }, { 'Y', "exit", { 0 }, 0 }, { 0 }
};

static const struct line receive_scene[] = {
	PAIRS, { 'X', "recv", { MINE, 0, 100, 0 }, WAITS },
	{ 'X', "recv", { MINE, 0, 3, MSG_PEEK }, WAITS | OR },
	{ 'X', "read", { MINE, 0, 100 }, WAITS | OR },
	{ 'X', "recvmsg", { MINE, 100, MSG_CMSG_CLOEXEC, CMSG_SPACE(16) }, WAITS | OR },
	{ 'Y', "send", { YOURS, 3, 40, NOW(MSG_NOSIGNAL) }, 0 },
	{ 'Y', "sendmsg", { YOURS, 5, 7, 1, 0 }, OR },
	{ 'Y', "shutdown", { YOURS, ANY('3') }, OR },
	{ 'Y', "close", { YOURS }, OR }, { 'Y', "exit", { 0 }, OR },
	{ 'X', "recv", { MINE, 0, 100, NOW(0) }, 0 },
	{ 'X', "close", { MINE }, 0 }, { 'Y', "exit", { 0 }, 0 }, { 0 }
};

static const struct line pipe_scene[] = {
	{ 'X', "pipe2", { 0, 0 }, 0 }, FORK, { 'X', "close", { PART(0, 2) }, 0 },
	{ 'Y', "close", { PART(0, 1) }, 0 }, { 'X', "read", { MINE, 0, 100 }, WAITS },
	{ 'X', "ppoll", { MINE, POLLIN, -1, ANY('.') }, WAITS | OR },
	{ 'Y', "write", { YOURS, 3, 40 }, 0 }, { 'Y', "close", { YOURS }, OR },
	{ 'Y', "exit", { 0 }, OR }, { 'X', "ppoll", { MINE, POLLIN, -1, ZERO }, 0 },
	{ 'X', "close", { MINE }, 0 }, { 'Y', "write", { YOURS, 3, 40 }, 0 },
	{ 'Y', "exit", { 0 }, 0 }, { 0 }
};

#define LISTEN(type, backlog) { 'X', "socket", { AF_UNIX, type }, 0 }, \
	{ 'X', "bind", { OF(0), NAME_4 }, 0 }, \
	{ 'X', "listen", { OF(0), backlog }, 0 }

static const struct line accept_scene[] = {
	LISTEN(SOCK_STREAM, 2), FORK, { 'Y', "socket", { AF_UNIX, STREAM }, 0 },
	{ 'X', "accept4", { OF(0), 0, 0, SOCK_CLOEXEC }, WAITS },
	{ 'X', "ppoll", { OF(0), POLLIN, -1, NONE }, WAITS | OR },
	{ 'Y', "connect", { OF(4), NAME_4 }, 0 }, { 'Y', "connect", { OF(4), NAME_4 }, OR },
	{ 'Y', "shutdown", { OF(0), ANY('3') }, OR }, { 'Y', "listen", { OF(0), 0 }, OR },
	{ 'X', "sockets", { 0 }, 0 }, { 'Y', "exit", { 0 }, 0 },
	{ 'X', "ppoll", { OF(5), POLLIN, -1, ZERO }, 0 },
	{ 'X', "close", { OF(5) }, 0 }, { 'X', "close", { OF(0) }, 0 }, { 0 }
};

/* There is room for one that waits to be accepted. */
#define CONNECTED LISTEN(STREAM, 0), { 'X', "socket", { AF_UNIX, STREAM }, 0 }, \
	{ 'X', "connect", { OF(3), NAME_4 }, 0 }, \
	{ 'X', "socket", { AF_UNIX, SOCK_STREAM }, 0 }

static const struct line connect_scene[] = {
	CONNECTED, FORK, { 'X', "close", { OF(0) }, 0 },
	{ 'X', "limit", { OF(5), LONG }, 0 }, { 'X', NOTHING, OR },
	{ 'X', "connect", { OF(5), NAME_4 }, WAITS },
	{ 'Y', "accept4", { OF(0), 0, 0, SOCK_CLOEXEC }, 0 },
	{ 'Y', "accept4", { OF(0), 0, 0, SOCK_CLOEXEC }, OR },
	{ 'Y', "listen", { OF(0), 3 }, OR }, { 'Y', "close", { OF(0) }, OR },
	{ 'Y', "shutdown", { OF(0), ANY('3') }, OR }, { 'Y', "exit", { 0 }, OR },
	{ 'X', "connect", { OF(5), NAME_4 }, WAITS }, { 'Y', "exit", { 0 }, 0 },
	{ 'X', "close", { OF(5) }, 0 }, { 'X', "close", { OF(3) }, 0 }, { 0 }
};

static const struct line limit_scene[] = {
	CONNECTED, { 'X', "limit", { OF(5), SHORT }, 0 },
	{ 'X', "connect", { OF(5), NAME_4 }, WAITS | PASSES },
	{ 'X', "close", { OF(5) }, 0 }, { 'X', "close", { OF(3) }, 0 },
	{ 'X', "close", { OF(0) }, 0 }, { 0 }
};

static const struct line futex_scene[] = {
	{ 'X', OPEN_A, 0 }, { 'X', "write", { OF(0), 2, 5 }, 0 },
	{ 'X', "munmap", { 0 }, 0 }, { 'X', "mmap", { OF(0), PROT_READ | PROT_WRITE }, 0 },
	FORK, { 'X', "futex_wait", { true, NONE }, WAITS },
	{ 'X', "futex_wait", { true, ANY('.') }, WAITS | OR },
	{ 'X', "futex_wait", { true, SHORT }, WAITS | PASSES | OR },
	{ 'X', "futex_wait", { false, NONE }, WAITS | OR },
	{ 'Y', "pwrite", { OF(0), 7, 5, 0 }, 0 }, { 'Y', "futex_wake", { 0 }, 0 },
	{ 'Y', "futex_wake", { 0 }, 0 }, { 'Y', "exit", { 0 }, 0 },
	{ 'X', "munmap", { 0 }, 0 }, { 'X', "close", { OF(0) }, 0 }, { 0 }
};

static const struct line time_scene[] = {
	{ 'X', "sigaction", { SIGALRM, 2, 0 }, 0 },
	{ 'X', "sigaction", { SIGALRM, 2, SA_RESTART }, OR },
	{ 'X', "alarm", { 0 }, WAITS | PASSES }, { 'X', "timers", { 0 }, WAITS | PASSES },
	{ 'X', "nanosleep", { SHORT }, WAITS | PASSES },
	{ 'X', "nanosleep", { LONG }, WAITS | OR },
	{ 'X', "ppoll", { -1, 0, -1, SHORT }, WAITS | PASSES }, { 0 }
};

static const struct line pidfd_scene[] = {
	FORK, { 'X', "pidfd_open", { OF(0), 0 }, 0 }, { 'X', "pidfd_info", { OF(1) }, 0 },
	{ 'X', "pidfd_namespace", { OF(1), ANY('4') }, 0 },
	{ 'X', "ppoll", { OF(1), POLLIN, -1, ANY('.') }, WAITS },
	{ 'X', "ppoll", { OF(1), POLLIN, -1, NONE }, WAITS | OR },
	{ 'Y', "exit", { 3 }, 0 }, { 'Y', "kill", { PID_OF('Y'), SIGTERM }, OR },
	{ 'X', "pidfd_send_signal", { OF(1), SIGKILL }, OR }, { 'Y', "exec", { 0 }, OR },
	{ 'X', "ppoll", { OF(1), POLLIN, -1, ZERO }, 0 },
	{ 'X', "pidfd_info", { OF(1) }, 0 },
	{ 'X', "waitpid", { OF(0), 0, WNOHANG }, 0 },
	{ 'X', "pidfd_info", { OF(1) }, 0 },
	{ 'X', "pidfd_namespace", { OF(1), ANY('4') }, 0 },
	{ 'X', "ppoll", { OF(1), POLLIN, -1, ZERO }, 0 },
	{ 'X', "pidfd_send_signal", { OF(1), 0 }, 0 },
	{ 'X', "close", { OF(1) }, 0 }, { 'Y', "exit", { 0 }, 0 }, { 0 }
};

static const struct line getfd_scene[] = {
	FORK, { 'X', "pidfd_open", { OF(0), 0 }, 0 }, { 'Y', OPEN_A, 0 },
	{ 'X', "nofile", { 1 }, 0 }, { 'X', NOTHING, OR },
	{ 'X', "pidfd_getfd", { OF(1), OF(2), 0 }, 0 }, { 'X', "nofile", { LIMIT }, 0 },
	{ 'X', "fcntl", { OF(5), F_GETFD }, 0 },
	{ 'Y', "flock", { OF(2), LOCK_EX | LOCK_NB }, 0 },
	{ 'X', "flock", { OF(5), LOCK_SH | LOCK_NB }, 0 },
	{ 'Y', "exit", { 0 }, 0 }, { 'Y', "close", { OF(2) }, OR },
	{ 'X', "pidfd_getfd", { OF(1), OF(2), 0 }, 0 },
	{ 'X', "waitpid", { OF(0), 0, WNOHANG }, 0 },
	{ 'X', "pidfd_getfd", { OF(1), OF(2), 0 }, 0 },
	{ 'X', "close", { OF(5) }, 0 }, { 'X', "close", { OF(1) }, 0 },
	{ 'Y', "exit", { 0 }, 0 }, { 0 }
};

/* How many descriptors there may be. */
static const struct line nofile_scene[] = {
	{ 'X', "socketpair", { AF_UNIX, STREAM, 0 }, 0 },
	{ 'X', "sendmsg", { MINE, 5, 7, ANY('3'), 0 }, 0 },
	{ 'X', "nofile", { ANY('9') }, 0 }, { 'X', "recvmsg", { YOURS, 100, 0, 40 }, 0 },
	{ 'X', "dup", { 0 }, 0 }, { 'X', OPEN_A, 0 }, { 'X', "dup2", { 0, ANY('e') }, 0 },
	{ 'X', "fcntl", { 0, F_DUPFD_CLOEXEC, ANY('e') }, 0 }, { 'X', NULL, { 0 }, 0 },
	{ 'X', NULL, { 0 }, 0 }, { 'X', "nofile", { LIMIT }, 0 },
	{ 'X', "close", { MINE }, 0 }, { 'X', "close", { YOURS }, 0 }, { 0 }
};

/* First: else X could be woken, and get a signal because the same process has exited,
 * in either order. */
static const struct line calm[] = {
	{ 'X', "sigaction", { SIGCHLD, 0, 0 }, 0 },
	{ 'X', "prctl", { PR_SET_PDEATHSIG, 0 }, 0 }, { 0 }
};

static const struct line *const scenes[] = { flock_scene, range_scene, wait_scene,
	mask_scene, pipe_scene, poll_scene, receive_scene, accept_scene, connect_scene, limit_scene,
	futex_scene, time_scene, pidfd_scene, getfd_scene, nofile_scene };
enum { SCENES = sizeof(scenes) / sizeof(*scenes) };

/* What is played: the line that comes next, and the answers. */
static const struct line *chosen, *first, *next;
static long parts[LINES][PARTS];
static int x, y; /* -1: not yet */

static bool
lives(int actor)
{
	return actor >= 0 && real.life[actor] == LIVES;
}

bool
scene_begin(int actor)
{
	int others = 0;

	chosen = scenes[chance(SCENES)];
	first = next = chosen == wait_scene || chosen == pidfd_scene ? chosen : calm;
	memset(parts, -1, sizeof(parts));
	x = actor;
	y = -1;
	for (int i = 0; i < ACTORS; i++) {
		others += real.life[i] == LIVES && i != x;
		if (real.life[i] == LIVES && i != x && chance(2))
			y = i;
	}
	for (const struct line *l = chosen; l->who; l++)
		if (l->op && !strcmp(l->op, "fork"))
			return others < 2;
	return y >= 0;
}

static long
value_of(long a)
{
	if (a >= ANY(0) && a < ANY(128))
		return argument(x, (char)(a - ANY(0)));
	if (a >= PID_AT && a < ANY(0))
		return FIRST_PID + (a == PID_OF('X') ? x : y);
	if (a >= PART_AT && a < PID_AT)
		return parts[(a - PART_AT) / PARTS][(a - PART_AT) % PARTS];
	return a;
}

/* The numbers of the last answer. */
static void
answer_read(long to[PARTS], const char *answer)
{
	int n = 0;
	char *own = strdupa(answer);

	own[strcspn(own, ";")] = '\0'; /* the rest is of others */
	/* A letter is the kind of a descriptor. */
	for (char *word = strtok(own, " "); word && n < PARTS &&
	    (!word[1] || strspn(word, "-0123456789") == strlen(word));
	    word = strtok(NULL, " "))
		if (strspn(word, "-0123456789"))
			to[n++] = atol(word);
}

/* A line, or one of those that are OR; and the line behind them. */
static const struct line *
line_draw(const struct line *l, const struct line **behind)
{
	unsigned long n = 1;

	while (l[n].how & OR)
		n++;
	*behind = l + n;
	return l + chance(n);
}

/* Another one sends the one that sleeps a signal, or does anything. */
static bool
step_beside(struct step *s, int sleeps, bool ends)
{
	static const int signals[] = { SIGUSR1, SIGUSR1, SIGURG, SIGURG, SIGURG, SIGCHLD,
		SIGWINCH, SIGKILL };
	static int flock_op;

	flock_op = op_find("flock");
	do {
		if (!step_draw(s, lives(y) ? y : sleeps, NULL))
			return false;
	} while (s->op == flock_op); /* a change of the type is no atomic step */
	if (ends || chance(3)) {
		s->op = op_find("kill");
		s->a[0] = FIRST_PID + sleeps;
		s->a[1] = ends ? SIGKILL : signals[chance(8)];
	}
	return true;
}

bool
scene_step(struct step *s)
{
	static long *answered; /* where the answer goes */
	int sleeps = sleeper(&real);
	const struct line *l, *from;
	const char *woke = strstr(real.answer, " woke:");

	if (answered)
		answer_read(answered, woke ? woke + 6 : real.answer);
	if (next > first && !strcmp(next[-1].op ? next[-1].op : "", "fork"))
		y = (int)parts[next - 1 - first][0] - FIRST_PID;
	if (first == calm && !next->who)
		first = next = chosen;
	from = next;
	if (sleeps < 0)
		answered = NULL;
	else if (!next->who || !chance(3))
		return step_beside(s, sleeps, !next->who);
	for (; from->who; from = next) {
		l = line_draw(from, &next);
		s->actor = l->who == 'X' ? x : y;
		if (!lives(s->actor) || (l->how & WAITS && sleeps >= 0))
			continue;
		if (!l->op)
			return step_draw(s, x, NULL);
		s->op = op_find(l->op);
		s->waits = l->how & WAITS;
		s->passes = l->how & PASSES;
		for (int i = 0; i < ARGS; i++) {
			s->a[i] = value_of(l->a[i]);
			s->passes |= l->a[i] == ANY('.') && s->a[i] == SHORT;
		}
		if (sleeps < 0)
			answered = parts[from - first];
		return true;
	}
	return sleeps >= 0 && step_beside(s, sleeps, true);
}
