/*
 * family.c: a program of several processes, which runs its own file.
 *
 * family STEP... appends "PID main" to $GUEST_LOG, does the steps, appends
 * "PID here" and waits for a signal.  In PROGRAM, "self" is /proc/self/exe and
 * "own" the path it was started by.
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
 *   setsid
 *   nap MS                    wait MS milliseconds
 *   wait FILE                 wait until FILE exists
 *   reap                      wait for a child, and end with its status
 *   end N                     end with status N
 */
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *own, *called;

static void
note(const char *what)
{
	const char *log = getenv("GUEST_LOG");
	char line[64];
	int len = snprintf(line, sizeof(line), "%d %s\n", (int)getpid(), what);
	int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
	    0600) : -1;

	if (fd >= 0 && write(fd, line, (size_t)len) != len)
		_exit(99);
	if (fd >= 0)
		close(fd);
}

static const char *
file_of(const char *program)
{
	if (!strcmp(program, "self"))
		return "/proc/self/exe";
	return !strcmp(program, "own") ? own : program;
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
	note("failed");
	_exit(98);
}

/* Forks as often as depth says; the last one runs the program. */
static void
beget(int depth, const char *program, char **words, int n)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(97);
	if (pid > 0)
		return;
	alarm(300);
	if (depth > 1)
		beget(depth - 1, program, words, n);
	else
		run(program, words, n);
	for (;;)
		pause();
}

static unsigned long
spaces_of(const char *letters)
{
	unsigned long flags = 0;

	for (; *letters; letters++)
		flags |= strchr("urx", *letters) ? CLONE_NEWUSER :
		    *letters == 'p' ? CLONE_NEWPID :
		    *letters == 'n' ? CLONE_NEWNET :
		    *letters == 'm' ? CLONE_NEWNS :
		    *letters == 'i' ? CLONE_NEWIPC : 0;
	return flags;
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
	unsigned long flags = spaces_of(letters);
	int at_once = !strcmp(how, "clone");
	/* Who calls unshare is another child: what we are stays as it is. */
	pid_t pid = at_once ?
	    (pid_t)syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0) : fork();

	if (pid < 0)
		_exit(97);
	if (pid > 0)
		return;
	alarm(300);
	if (!at_once && unshare((int)flags) < 0)
		_exit(92);
	map(letters, uid, gid);
	if (at_once)
		execv(file_of(program), args);
	else if (child(how, file_of(program), args) < 0)
		_exit(91);
	for (;;)
		pause();
}

int
main(int argc, char *argv[])
{
	char **end = argv + argc, **word = argv + 1;
	int status, n;

	own = getenv("FAMILY_OWN") ? getenv("FAMILY_OWN") : argv[0];
	alarm(300);
	note("main");
	for (; *word; word++) {
		const char *w = *word;

		if ((!strcmp(w, "child") || !strcmp(w, "zygote")) &&
		    end - word > 2 && (n = atoi(word[1])) <= end - word - 3) {
			beget(*w == 'z' ? 2 : 1, word[2], word + 3, n);
			word += n + 2;
		} else if (!strcmp(w, "boxed") && end - word > 4 &&
		    (n = atoi(word[3])) <= end - word - 5) {
			boxed(word[1], word[2], word[4], word + 5, n);
			word += n + 4;
		} else if (!strcmp(w, "become") && word[1]) {
			run(word[1], word + 2, (int)(end - word) - 2);
		} else if (!strcmp(w, "called") && word[1]) {
			called = *++word;
		} else if (!strcmp(w, "setsid")) {
			setsid();
		} else if (!strcmp(w, "nap") && word[1]) {
			poll(NULL, 0, atoi(*++word));
		} else if (!strcmp(w, "wait") && word[1]) {
			for (word++; access(*word, F_OK) < 0;)
				poll(NULL, 0, 2);
		} else if (!strcmp(w, "reap")) {
			if (wait(&status) < 0)
				_exit(96);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 95);
		} else if (!strcmp(w, "end") && word[1]) {
			_exit(atoi(word[1]));
		} else {
			_exit(94);
		}
	}
	note("here");
	for (;;)
		pause();
}
