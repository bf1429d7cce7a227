/*
 * killat.c: kill, stop or fail one process of ours exactly at its N-th system
 * call.
 *
 * killat [-s | -e ERROR | -E ERROR] [-w] [-p PID]... TARGET N COMMAND [ARG...]
 *	TARGET is one of the processes that come of COMMAND:
 *	INDEX	COMMAND is 0; what is forked, by that or others, 1, 2 … in order
 *	ROLE.K	the K-th of a role, from 1 on: launch, ctl and raise have
 *		executed onlyone, onlyonectl, onlyone-raise; spawn is what forks
 *		a keeper; keeper; child is forked by another of ours
 *	=PID	a process that is running already
 *	It is killed -9 as it enters its N-th call (its exec is the call before
 *	the first).  -s: it is stopped, as its N-th call returns, and goes on
 *	untraced, as all others do; its pid goes to standard output.  -e: the
 *	call fails with this error (EMFILE …), if it can have that, and has
 *	done nothing.  -E: so do those that follow: all of that name, or, where
 *	ERROR is a shortage, all that can have it; for seven seconds at most,
 *	and no longer than it takes until COMMAND has ended and all are idle.
 * killat -l [-p PID]... COMMAND [ARG...]
 *	Lists the calls: "ROLE.K N NAME ERROR...", with the errors it can have.
 *
 * -p: PID, running already, is one of the processes, before all others.
 * -w: COMMAND's end is waited for with -s and status 3 too.  With =PID it is,
 * and its status printed as a number, 128+N for signal N.
 *
 * An exec of something else ends the count: from there on it is no process of
 * ours.  Status 0: done.  Then all others go on untraced, and COMMAND's end is
 * waited for (with -s alone it is not).  3: there was no N-th call: it ended,
 * became something else, or COMMAND did and all have been idle for half a
 * second.  4: it took longer than 30 seconds.
 */
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MANY = 4096, DONE = 0, WRONG = 2, NO_CALL = 3, SLOW = 4 };
enum { TICK_US = 100000, IDLE = 5, LIST_IDLE = 2, SHORT = 70, LIMIT = 300 };

enum { OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC |
	PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK };

/* What a call can fail with, though nobody has made a mistake.  (Not that the
 * peer is gone, ECONNRESET: then nothing comes after it.) */
static const struct call {
	long number;
	const char *name, *errors;
} calls[] = {
#define CALL(name, errors) { SYS_##name, #name, errors }
	CALL(accept4, "EMFILE ENFILE ENOMEM EINTR ECONNABORTED"),
	CALL(access, "ENOMEM EACCES EIO"),
	CALL(bind, "ENOMEM ENOSPC EACCES"),
	CALL(chdir, "ENOMEM EACCES EIO"),
	CALL(clock_nanosleep, "EINTR"),
	CALL(clone, "EAGAIN ENOMEM"),
	CALL(close, "EIO EINTR"),
	CALL(connect, "EAGAIN ENOMEM EINTR"),
	CALL(dup, "EMFILE"),
	CALL(dup2, "EINTR"),
	CALL(execve, "ENOMEM EACCES EIO"),
	CALL(faccessat, "ENOMEM EACCES EIO"),
	CALL(faccessat2, "ENOMEM EACCES EIO"),
	CALL(fchdir, "ENOMEM EACCES EIO"),
	CALL(fchmod, "EIO EPERM"),
	CALL(fchmodat, "EIO EPERM"),
	CALL(flock, "EINTR ENOLCK ENOMEM"),
	CALL(fstat, "ENOMEM EIO"),
	CALL(fstatfs, "ENOMEM EIO"),
	CALL(ftruncate, "EIO ENOSPC"),
	CALL(getcwd, "ENOMEM ENOENT EACCES"),
	CALL(getdents64, "ENOMEM EIO"),
	CALL(getsockopt, "ENOMEM"),
	CALL(linkat, "ENOMEM ENOSPC EACCES EIO"),
	CALL(memfd_create, "EMFILE ENFILE ENOMEM"),
	CALL(mkdirat, "ENOMEM ENOSPC EACCES"),
	CALL(mmap, "ENOMEM"),
	CALL(mprotect, "ENOMEM"),
	CALL(nanosleep, "EINTR"),
	CALL(newfstatat, "ENOMEM EACCES EIO"),
	CALL(open, "EMFILE ENFILE ENOMEM EACCES EIO"),
	CALL(openat, "EMFILE ENFILE ENOMEM EACCES EIO"),
	CALL(pidfd_open, "EMFILE ENFILE ENOMEM"),
	CALL(pidfd_send_signal, "EPERM"),
	CALL(pipe2, "EMFILE ENFILE"),
	CALL(poll, "ENOMEM EINTR"),
	CALL(ppoll, "ENOMEM EINTR"),
	CALL(pread64, "EIO EINTR"),
	CALL(preadv, "EIO EINTR"),
	CALL(pwrite64, "ENOSPC EIO EINTR"),
	CALL(read, "EIO EINTR"),
	CALL(readlink, "ENOMEM EACCES EIO"),
	CALL(readlinkat, "ENOMEM EACCES EIO"),
	CALL(recvfrom, "ENOMEM EINTR"),
	CALL(recvmsg, "ENOMEM EINTR"),
	CALL(rename, "ENOMEM ENOSPC EACCES EIO"),
	CALL(renameat, "ENOMEM ENOSPC EACCES EIO"),
	CALL(renameat2, "ENOMEM ENOSPC EACCES EIO"),
	CALL(sendmsg, "ENOMEM EINTR EPIPE ETOOMANYREFS"),
	CALL(sendto, "ENOMEM EINTR EPIPE"),
	CALL(setsockopt, "ENOMEM"),
	CALL(signalfd4, "EMFILE ENFILE ENOMEM"),
	CALL(socket, "EMFILE ENFILE ENOMEM EACCES"),
	CALL(statx, "ENOMEM EACCES EIO"),
	CALL(symlinkat, "ENOMEM ENOSPC EACCES EIO"),
	CALL(unlinkat, "ENOMEM EACCES EIO"),
	CALL(vfork, "EAGAIN ENOMEM"),
	CALL(wait4, "EINTR"),
	CALL(waitid, "EINTR"),
	CALL(write, "ENOSPC EIO EINTR"),
#undef CALL
};

enum role { OTHER, LAUNCH, CTL, RAISE, SPAWN, KEEPER, CHILD, ROLES };
static const char *const roles[ROLES] = { "-", "launch", "ctl", "raise",
	"spawn", "keeper", "child" };

struct tracee {
	pid_t pid;
	bool born;    /* it has stopped for the first time */
	bool known;   /* from whom it comes */
	bool ended;
	enum role role;
	int k;
	long calls;
	bool failing; /* it is inside a call that is to fail */
};

static struct tracee list[MANY];
static int known;        /* how many of them */
static int order[MANY];  /* by INDEX */
static int indexes;
static int of_role[ROLES];

static int failing;      /* how many are inside a call that is to fail */
static int ticks;   /* since the last stop of anybody */
static int all;     /* and since the beginning */

static struct {
	enum { KILL, STOP, FAIL, FAIL_ON, LIST } what;
	int error;
	int index;       /* -1: by role or pid */
	enum role role;
	int k;
	pid_t pid;
	long n;
	long number;     /* of the call that failed */
	bool unfit;      /* the N-th call cannot fail so: it does not */
	int since;       /* in ticks */
	bool wait;
} want = { .index = -1 };

static pid_t command;
static bool over;   /* COMMAND has ended or is something else */
static bool ended;  /* it has ended: */
static int said;

static void
on_tick(int sig)
{
	(void)sig;
	ticks++;
	/* The kernel lets all tracees go. */
	if (++all > LIMIT)
		_exit(SLOW);
}

static bool
has_error(const struct call *c, const char *error)
{
	size_t n = strlen(error);

	for (const char *at = c->errors; (at = strstr(at, error)); at += n) {
		if ((at == c->errors || at[-1] == ' ') &&
		    (at[n] == ' ' || !at[n]))
			return true;
	}
	return false;
}

static const struct call *
call_find(long number)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++) {
		if (calls[i].number == number)
			return &calls[i];
	}
	return NULL;
}

static int
error_number(const char *name)
{
	for (int e = 1; e < 134; e++) {
		if (strerrorname_np(e) && !strcmp(strerrorname_np(e), name))
			return e;
	}
	return 0;
}

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
role_set(struct tracee *t, enum role role)
{
	t->role = role;
	t->k = ++of_role[role];
	t->calls = 0;
}

/* What a process that has executed something is now. */
static enum role
role_of(pid_t pid)
{
	char path[64], word[64] = "";
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, word, sizeof(word) - 1);
	close(fd);
	if (n > 0 && !strncmp(word, "onlyone keeper of ", 18))
		return KEEPER;
	snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, word, sizeof(word) - 1);
	close(fd);
	word[n > 0 ? n - 1 : 0] = '\0';
	return !strcmp(word, "onlyone") ? LAUNCH :
	    !strcmp(word, "onlyonectl") ? CTL :
	    !strcmp(word, "onlyone-raise") ? RAISE : OTHER;
}

static void
child_role(const struct tracee *from, struct tracee *t, int event)
{
	t->known = true;
	order[indexes++] = (int)(t - list);
	if (from->role == OTHER)
		return;
	role_set(t, event == PTRACE_EVENT_VFORK ? SPAWN :
	    from->role == SPAWN ? KEEPER : CHILD);
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

enum next { GO_ON, LEFT, LEAVE_ALL };

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
			call_fail(t, nr);
			return GO_ON;
		}
	}
	return GO_ON;
}

/* After a stop; the tracee goes on, or has gone. */
static enum next
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

static void
attach(pid_t pid)
{
	struct tracee *t = add(pid);

	if (ptrace(PTRACE_SEIZE, pid, NULL, (long)OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) < 0)
		exit(WRONG);
	t->known = true;
	role_set(t, role_of(pid));
	if (t->role == OTHER)
		role_set(t, LAUNCH);
}

/* Whether it can be let be: nothing more comes of it. */
static bool
quiet(bool hit)
{
	if (hit && want.what == FAIL_ON && all - want.since > SHORT)
		return true;
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
	for (int i = 0; i < npids; i++)
		attach(pids[i]);
	t = add(command);
	t->known = true;
	order[indexes++] = (int)(t - list);
	if (ptrace(PTRACE_SEIZE, command, NULL, (long)OPTIONS) < 0 ||
	    ptrace(PTRACE_INTERRUPT, command, NULL, NULL) < 0)
		exit(WRONG);
	if (!waiting)
		command_go(go);
	for (;;) {
		if (leaving)
			strays_leave();
		/* Nobody is left in the middle of a call that is to fail. */
		if (leaving && !failing && (ended || (!want.wait &&
		    (want.what == STOP || result == NO_CALL))))
			break;
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno != EINTR)
			break;
		if (pid < 0) {
			if (!leaving && quiet(hit))
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
			failing -= t->failing;
			t->failing = false;
			t->ended = true;
			continue;
		}
		t = add(pid);
		if (waiting && !t->born && pid != command && --waiting == 0)
			command_go(go);
		if (leaving && !t->failing) {
			leave(pid, status);
			continue;
		}
		switch (stop_take(t, status, hit)) {
		case LEAVE_ALL:
			leaving = true;
			break;
		default:
			break;
		}
		if (!hit && want.what != LIST && is_target(t) &&
		    t->calls >= want.n) {
			hit = true;
			result = want.unfit ? NO_CALL : DONE;
		}
	}
	if (want.pid)
		printf("%d\n", ended ? said : -1);
	return want.what == LIST ? DONE : result;
}

static void
usage(void)
{
	fputs("usage: killat [-s | -e ERROR | -E ERROR] [-w] [-p PID]..."
	      " TARGET N COMMAND [ARG...]\n"
	      "       killat -l [-p PID]... COMMAND [ARG...]\n", stderr);
	exit(WRONG);
}

static void
target_parse(const char *word)
{
	const char *dot = strchr(word, '.');

	if (*word == '=') {
		want.pid = atoi(word + 1);
		want.wait = true;
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

	while ((opt = getopt(argc, argv, "+se:E:wlp:")) != -1) {
		switch (opt) {
		case 's': want.what = STOP; break;
		case 'e':
		case 'E':
			want.what = opt == 'e' ? FAIL : FAIL_ON;
			if (!(want.error = error_number(optarg)))
				usage();
			break;
		case 'w': want.wait = true; break;
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
