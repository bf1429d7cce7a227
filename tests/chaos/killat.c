/*
 * killat.c: kill or stop one process of ours exactly at its N-th system call.
 *
 * killat [-s] [-p PID]... TARGET N COMMAND [ARG...]
 *	TARGET is one of the processes that come of COMMAND:
 *	INDEX	COMMAND is 0; what is forked, by that or others, 1, 2 … in order
 *	ROLE.K	the K-th of a role, from 1 on: launch, ctl and raise have
 *		executed onlyone, onlyonectl, onlyone-raise; spawn is what forks
 *		a keeper; take has executed onlyone-cluster; beside is forked by
 *		that, or by what is; child by another of ours
 *	=PID	a process that is running already
 *	It is killed -9 as it enters its N-th call (its exec is the call before
 *	the first).  -s: it is stopped, as its N-th call returns, and goes on
 *	untraced, as all others do; its pid goes to standard output.
 * killat -l [-p PID]... COMMAND [ARG...]
 *	Lists the calls: "ROLE.K N".
 *
 * -p: PID, running already, is one of the processes, before all others.
 * With =PID, COMMAND's end is waited for, and its status printed as a number,
 * 128+N for signal N.
 *
 * An exec of something else ends the count: from there on it is no process of
 * ours.  Status 0: done.  Then all others go on untraced, and COMMAND's end is
 * waited for (with -s alone it is not).  3: there was no N-th call: it ended,
 * became something else, or COMMAND did and all have been idle for half a
 * second.  4: it took longer than 90 seconds.
 */
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 4096, DONE = 0, WRONG = 2, NO_CALL = 3, SLOW = 4 };

enum role { OTHER, LAUNCH, CTL, RAISE, SPAWN, KEEPER, CHILD, TAKE, BESIDE,
	ROLES };

struct tracee {
	pid_t pid;
	bool born;    /* it has stopped for the first time */
	bool known;   /* from whom it comes */
	bool ended;
	enum role role;
	int k;
	long calls;
};

static struct want {
	enum { KILL, STOP, LIST } what;
	int index;       /* -1: by role or pid */
	enum role role;
	int k;
	pid_t pid;
	long n;
} want = { .index = -1 };

enum { TICK_US = 100000, IDLE = 5, LIST_IDLE = 2, LIMIT = 900 };

enum { OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

static int all;       /* ticks since the beginning */
static pid_t command;
static bool over;     /* COMMAND has ended or is something else */

static int ticks;   /* since the last stop of anybody */
static bool ended;  /* COMMAND has: */
static int said;

static const char *const roles[ROLES] = { "-", "launch", "ctl", "raise", "spawn",
	"keeper", "child", "take", "beside" };

static struct tracee list[MANY];
static int known, order[MANY], indexes; /* how many; those by INDEX */

static int of_role[ROLES];

static struct tracee *
find(pid_t pid)
{
	for (int i = 0; i < known; i++) {
		if (list[i].pid == pid && !list[i].ended)
			return &list[i];
	}
	return NULL;
}

static struct tracee *
add(pid_t pid)
{
	struct tracee *t = find(pid);

	if (t)
		return t;
	if (known == MANY)
		exit(WRONG);
	t = &list[known++];
	t->pid = pid;
	return t;
}

static void
role_set(struct tracee *t, enum role role)
{
	t->role = role;
	t->k = ++of_role[role];
	t->calls = 0;
}

/* What a file of its process says, without the last byte. */
static const char *
said_by(pid_t pid, const char *file)
{
	static char word[64];
	char path[64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, word, sizeof(word) - 1);
	close(fd);
	word[n > 0 ? n - 1 : 0] = '\0';
	return word;
}

/* What a process that has executed something is now. */
static enum role
role_of(pid_t pid)
{
	const char *word = said_by(pid, "cmdline");

	if (!strncmp(word, "onlyone keeper of ", 18))
		return KEEPER;
	word = said_by(pid, "comm");
	return !strcmp(word, "onlyone") ? LAUNCH :
	    !strcmp(word, "onlyonectl") ? CTL :
	    !strcmp(word, "onlyone-raise") ? RAISE :
	    !strcmp(word, "onlyone-cluster") ? TAKE : OTHER;
}

static void
child_role(const struct tracee *from, struct tracee *t, int event)
{
	t->known = true;
	order[indexes++] = (int)(t - list);
	if (from->role == OTHER)
		return;
	role_set(t, event == PTRACE_EVENT_VFORK ? SPAWN :
	    from->role == SPAWN ? KEEPER :
	    from->role == TAKE || from->role == BESIDE ? BESIDE : CHILD);
}

static bool
is_target(const struct tracee *t)
{
	if (want.pid)
		return t->pid == want.pid;
	if (want.index >= 0)
		return want.index < indexes && order[want.index] == t - list;
	return t->role == want.role && t->k == want.k && want.role != OTHER;
}

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

/* After a stop; hit: the N-th call has been.  The tracee goes on, or has gone;
 * true: the others can be left. */
static bool
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

static void
on_tick(int sig)
{
	(void)sig;
	ticks++;
	/* The kernel lets all tracees go. */
	if (++all > LIMIT)
		_exit(SLOW);
}

/* Fork COMMAND; it waits at the pipe until a byte comes. */
static pid_t
command_fork(char *argv[], int *go)
{
	char byte;
	int ends[2];
	pid_t pid;

	if (pipe(ends) < 0 || (pid = fork()) < 0)
		exit(WRONG);
	if (pid == 0) {
		close(ends[1]);
		if (read(ends[0], &byte, 1) != 1)
			_exit(WRONG);
		close(ends[0]);
		execvp(*argv, argv);
		_exit(127);
	}
	close(ends[0]);
	*go = ends[1];
	return pid;
}

static void
command_go(int go)
{
	if (write(go, "g", 1) != 1)
		exit(WRONG);
	close(go);
}

static int
number(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status)
				 : 128 + WTERMSIG(status);
}

/* Let it go. */
static void
leave(pid_t pid, int status)
{
	int sig = WSTOPSIG(status), event = status >> 16;

	ptrace(PTRACE_DETACH, pid, NULL, event || sig == (SIGTRAP | 0x80) ?
	    0L : (long)sig);
}

/* Those that have stopped before their parents' forks were told. */
static void
strays_leave(void)
{
	for (int i = 0; i < known; i++) {
		if (!list[i].born || list[i].known || list[i].ended)
			continue;
		ptrace(PTRACE_DETACH, list[i].pid, NULL, 0L);
		list[i].known = true;
	}
}

static struct tracee *
attach(pid_t pid)
{
	struct tracee *t = add(pid);

	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		exit(WRONG);
	t->known = true;
	return t;
}

/* Whether it can be let be: nothing more comes of it. */
static bool
quiet(void)
{
	return over && ticks > (want.what == LIST ? LIST_IDLE : IDLE);
}

static int
hunt(char *argv[], const pid_t *pids, int npids)
{
	int go, status, waiting = npids, result = NO_CALL;
	bool hit = false, leaving = false;
	struct tracee *t;
	pid_t pid;

	/* Attached ones come first; they stop before COMMAND begins. */
	command = command_fork(argv, &go);
	for (int i = 0; i < npids; i++) {
		t = attach(pids[i]);
		role_set(t, role_of(pids[i]));
		if (t->role == OTHER)
			role_set(t, LAUNCH);
	}
	t = attach(command);
	order[indexes++] = (int)(t - list);
	if (!waiting)
		command_go(go);
	for (;;) {
		if (leaving)
			strays_leave();
		if (leaving && (ended || (!want.pid &&
		    (want.what == STOP || result == NO_CALL))))
			break;
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			break;
		if (pid < 0) {
			if (!leaving && quiet())
				leaving = true;
			continue;
		}
		ticks = 0;
		t = find(pid);
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == command) {
				over = ended = true;
				said = number(status);
			}
			if (!t)
				continue;
			if (is_target(t) && want.what != LIST)
				leaving = true;
			t->ended = true;
			continue;
		}
		t = add(pid);
		if (waiting && !t->born && pid != command && --waiting == 0)
			command_go(go);
		if (leaving) {
			leave(pid, status);
			continue;
		}
		leaving = stop_take(t, status, hit);
		if (!hit && want.what != LIST && is_target(t) &&
		    t->calls >= want.n) {
			hit = true;
			result = DONE;
		}
	}
	if (want.pid)
		printf("%d\n", ended ? said : -1);
	return want.what == LIST ? DONE : result;
}

static void
usage(void)
{
	fputs("usage: killat [-s] [-p PID]... TARGET N COMMAND [ARG...]\n"
	      "       killat -l [-p PID]... COMMAND [ARG...]\n", stderr);
	exit(WRONG);
}

static void
target_parse(const char *word)
{
	const char *dot = strchr(word, '.');

	if (*word == '=') {
		want.pid = atoi(word + 1);
	} else if (dot) {
		for (int r = LAUNCH; r < ROLES; r++) {
			if (!strncmp(word, roles[r], strlen(roles[r])) &&
			    word + strlen(roles[r]) == dot)
				want.role = (enum role)r;
		}
		want.k = atoi(dot + 1);
		if (want.role == OTHER || want.k < 1)
			usage();
	} else {
		want.index = atoi(word);
	}
}

int
main(int argc, char *argv[])
{
	struct sigaction sa = { .sa_handler = on_tick };
	struct itimerval tick = { { 0, TICK_US }, { 0, TICK_US } };
	pid_t pids[64];
	int opt, npids = 0;

	while ((opt = getopt(argc, argv, "+slp:")) != -1) {
		switch (opt) {
		case 's': want.what = STOP; break;
		case 'l': want.what = LIST; break;
		case 'p':
			if (npids == 63)
				usage();
			pids[npids++] = atoi(optarg);
			break;
		default: usage();
		}
	}
	argc -= optind;
	argv += optind;
	if (want.what != LIST) {
		if (argc < 3 || (want.n = atol(argv[1])) < 1)
			usage();
		target_parse(argv[0]);
		argv += 2;
		argc -= 2;
	}
	if (argc < 1)
		usage();
	if (want.pid)
		pids[npids++] = want.pid;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &tick, NULL);
	return hunt(argv, pids, npids);
}
