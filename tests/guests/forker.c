/*
 * forker.c: a program that does the steps of daemons, and of programs of several
 * processes, in any order.
 *
 * Each word of its command line is one step.  main appends "PID main" to
 * $GUEST_LOG, or "PID then" after an exec; the process that has done the last
 * step appends "PID here" and waits for a signal.
 *
 *   fork          the parent exits with status 0, the child continues
 *   linger MS     the parent of the next fork waits MS ms before it exits
 *   reap          the parent of the next fork waits for its child
 *   orphan        continue as soon as the parent has exited (busy loop)
 *   setsid
 *   daemon        daemon(3)
 *   nap MS        wait MS milliseconds
 *   wait FILE     wait until FILE exists
 *   close-range, close-loop   close every descriptor; close-loop one by one
 *   open N        open N new descriptors
 *   hide          allow no looks into it (PR_SET_DUMPABLE 0)
 *   show          allow them again
 *   unlike        as an instance: show another command line
 *   bare FILE     show no environment until FILE exists, as within execve
 *   say WORD      append "PID WORD"
 *   worker        fork a copy that waits for a signal, "PID worker"
 *   exec FUNCTION execute forker again, by that function, for the other steps
 *   end N         exit with status N
 *   kill N        die by signal N
 *   .             nothing
 *
 * In these PROGRAM may be "self", /proc/self/exe, or "own", $FAMILY_OWN:
 *
 *   child N PROGRAM WORD...   a child executes PROGRAM with these N words
 *   zygote N PROGRAM WORD...  a grandchild does that, and its parent stays
 *   boxed HOW SPACES N PROGRAM WORD...
 *                             a child (HOW: fork, vfork, spawn, clone) does it
 *                             in new namespaces: user (u: with the same uid,
 *                             r: as root, x: as nobody), pid (p), net (n),
 *                             mount (m), ipc (i)
 *   become PROGRAM            execute it, with all words that follow
 *   called NAME               use NAME as argv[0] from here on
 *   result                    wait for a child, and exit with its status
 */
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "note.h"

enum { REAP = -1 };

static const char *called;

/* A child does not stay either, whatever happens to the test. */
static pid_t
forked(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(97);
	alarm(300);
	return pid;
}

static void
stay(void)
{
	for (;;)
		pause();
}

static void
leave_parent(int linger, pid_t *parent)
{
	pid_t pid;

	*parent = getpid();
	pid = forked();
	if (pid > 0) {
		if (linger == REAP)
			waitpid(pid, NULL, 0);
		else if (linger)
			poll(NULL, 0, linger);
		_exit(0);
	}
}

static void
make_worker(void)
{
	pid_t pid = forked();

	if (pid == 0)
		stay();
	note(pid, "worker");
}

static void
close_loop(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		_exit(95);
	for (rlim_t fd = 0; fd < limit.rlim_cur; fd++)
		close((int)fd);
}

static size_t
count(char **words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

static const char *
file_of(const char *program)
{
	if (!strcmp(program, "self"))
		return "/proc/self/exe";
	return !strcmp(program, "own") ? getenv("FAMILY_OWN") : program;
}

static char **
args_of(const char *program, char **words, int n)
{
	char **args = calloc((size_t)n + 2, sizeof(*args));

	args[0] = (char *)(called ? called : file_of(program));
	memcpy(args + 1, words, (size_t)n * sizeof(*args));
	return args;
}

/* Only returns when it cannot. */
static void
run(const char *program, char **words, int n)
{
	execv(file_of(program), args_of(program, words, n));
	note(getpid(), "failed");
	_exit(98);
}

/* Forks as often as depth says; the last one runs the program. */
static void
beget(int depth, const char *program, char **words, int n)
{
	if (forked() > 0)
		return;
	if (depth == 1)
		run(program, words, n);
	beget(depth - 1, program, words, n);
	stay();
}

static int
spaces_of(const char *letters)
{
	return (strpbrk(letters, "urx") ? CLONE_NEWUSER : 0) |
	    (strchr(letters, 'p') ? CLONE_NEWPID : 0) |
	    (strchr(letters, 'n') ? CLONE_NEWNET : 0) |
	    (strchr(letters, 'm') ? CLONE_NEWNS : 0) |
	    (strchr(letters, 'i') ? CLONE_NEWIPC : 0);
}

static void
put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		_exit(93);
	close(fd);
}

/* As those do who make a user namespace for themselves. */
static void
map(const char *letters, unsigned int uid, unsigned int gid)
{
	char line[64];

	if (strpbrk(letters, "ur")) {
		put("/proc/self/setgroups", "deny");
		snprintf(line, sizeof(line), "%u %u 1",
		    strchr(letters, 'r') ? 0 : uid, uid);
		put("/proc/self/uid_map", line);
		snprintf(line, sizeof(line), "%u %u 1",
		    strchr(letters, 'r') ? 0 : gid, gid);
		put("/proc/self/gid_map", line);
	}
}

/* A child by that call; it does not return. */
static pid_t
child(const char *how, const char *file, char **args)
{
	pid_t pid;

	if (!strcmp(how, "spawn"))
		return posix_spawn(&pid, file, NULL, NULL, args, environ) ?
		    -1 : pid;
	pid = !strcmp(how, "vfork") ? vfork() : fork();
	if (pid == 0) {
		execv(file, args);
		_exit(98);
	}
	return pid;
}

static void
boxed(const char *how, const char *letters, const char *program, char **words,
    int n)
{
	char **args = args_of(program, words, n);
	unsigned int uid = geteuid(), gid = getegid();
	int flags = spaces_of(letters);
	int at_once = !strcmp(how, "clone");
	/* Who calls unshare is another child: what we are stays as it is. */
	pid_t pid = at_once ?
	    (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0) : fork();

	if (pid < 0)
		_exit(97);
	if (pid > 0)
		return;
	alarm(300);
	if (!at_once && unshare(flags) < 0)
		_exit(92);
	map(letters, uid, gid);
	if (at_once)
		execv(file_of(program), args);
	else if (child(how, file_of(program), args) < 0)
		_exit(91);
	stay();
}

/* The rest of the steps in a new image. */
static void
again(const char *how, char *program, char **words)
{
	char **args = args_of(program, words - 1, (int)count(words) + 1);

	args[1] = "then";
	if (!strcmp(how, "execvp"))
		execvp(program, args);
	execv(program, args);
	note(getpid(), "failed");
	_exit(92);
}

/* As many words as a step with a program of its own has; 0: there is none. */
static int
family(char **word)
{
	int left = (int)count(word), n;

	if ((!strcmp(*word, "child") || !strcmp(*word, "zygote")) && left > 2 &&
	    (n = atoi(word[1])) <= left - 3) {
		beget(**word == 'z' ? 2 : 1, word[2], word + 3, n);
		return n + 3;
	}
	if (!strcmp(*word, "boxed") && left > 4 &&
	    (n = atoi(word[3])) <= left - 5) {
		boxed(word[1], word[2], word[4], word + 5, n);
		return n + 5;
	}
	return 0;
}

static void
result(void)
{
	int status;

	if (wait(&status) < 0)
		_exit(96);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 95);
}

static void
be_bare(const char *file)
{
	char *at = environ[0], **e = environ, *copy;
	size_t n;

	while (e[1])
		e++;
	n = (size_t)(*e + strlen(*e) + 1 - at);
	copy = memcpy(malloc(n), at, n);
	memset(at, 0, n);
	await(file);
	memcpy(at, copy, n);
}

int
main(int argc, char *argv[])
{
	char **word = argv + 1;
	pid_t parent = 0;
	int linger = 0, n;

	alarm(300);
	if (argc > 1 && !strcmp(*word, "then")) {
		note(getpid(), "then");
		word++;
	} else {
		note(getpid(), "main");
	}
	for (; *word; word++) {
		const char *w = *word;

		if (!strcmp(w, "fork"))
			leave_parent(linger, &parent);
		else if (!strcmp(w, "linger") && word[1])
			linger = atoi(*++word);
		else if (!strcmp(w, "reap"))
			linger = REAP;
		else if (!strcmp(w, "orphan"))
			while (getppid() == parent)
				;
		else if (!strcmp(w, "setsid"))
			setsid();
		else if (!strcmp(w, "daemon")) {
			parent = getpid();
			if (daemon(0, 0) < 0)
				_exit(91);
		} else if (!strcmp(w, "nap") && word[1])
			poll(NULL, 0, atoi(*++word));
		else if (!strcmp(w, "wait") && word[1])
			await(*++word);
		else if (!strcmp(w, "hide"))
			prctl(PR_SET_DUMPABLE, 0);
		else if (!strcmp(w, "show"))
			prctl(PR_SET_DUMPABLE, 1);
		else if (!strcmp(w, "unlike"))
			*argv[0] = getenv("ONLYONE_SLOT") ? '_' : *argv[0];
		else if (!strcmp(w, "bare") && word[1])
			be_bare(*++word);
		else if (!strcmp(w, "close-range"))
			syscall(SYS_close_range, 0u, ~0u, 0u);
		else if (!strcmp(w, "close-loop"))
			close_loop();
		else if (!strcmp(w, "open") && word[1])
			for (n = atoi(*++word); n > 0; n--)
				open("/dev/null", O_RDWR);
		else if (!strcmp(w, "say") && word[1])
			note(getpid(), *++word);
		else if (!strcmp(w, "worker"))
			make_worker();
		else if (!strcmp(w, "exec") && word[1])
			again(word[1], argv[0], word + 2);
		else if (!strcmp(w, "become") && word[1])
			run(word[1], word + 2, (int)count(word + 2));
		else if (!strcmp(w, "called") && word[1])
			called = *++word;
		else if (!strcmp(w, "result"))
			result();
		else if (!strcmp(w, "end") && word[1])
			_exit(atoi(word[1]));
		else if (!strcmp(w, "kill") && word[1])
			kill(getpid(), atoi(*++word));
		else if ((n = family(word)) > 0)
			word += n - 1;
		else if (strcmp(w, ".") != 0)
			_exit(99);
		if (!strcmp(w, "fork"))
			linger = 0;
		alarm(300); /* a fork has none */
	}
	note(getpid(), "here");
	stay();
}
