/*
 * family.c: a program of several processes, which runs its own file.
 *
 * family STEP... appends "PID main" to $GUEST_LOG, does the steps, appends
 * "PID here" and waits for a signal.  In PROGRAM, "self" is /proc/self/exe and
 * "own" the path it was started by.
 *
 *   child N PROGRAM WORD...   a child executes PROGRAM with these N words
 *   zygote N PROGRAM WORD...  a grandchild does, whose parent stays
 *   become PROGRAM            execute it, with all words that follow
 *   called NAME               argv[0] from here on
 *   setsid
 *   nap MS                    wait MS milliseconds
 *   wait FILE                 wait until FILE exists
 *   reap                      wait for a child, and end with its status
 *   end N                     end with status N
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* Only returns when it cannot. */
static void
run(const char *program, char **words, int n)
{
	char **args = calloc((size_t)n + 2, sizeof(*args));

	if (!strcmp(program, "self"))
		program = "/proc/self/exe";
	else if (!strcmp(program, "own"))
		program = own;
	args[0] = (char *)(called ? called : program);
	memcpy(args + 1, words, (size_t)n * sizeof(*args));
	execv(program, args);
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
