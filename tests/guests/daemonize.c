/*
 * daemonize.c: a program that puts itself into the background.
 *
 * daemonize is also the name of a command that runs another command, so that
 * onlyone takes the whole command line as its identity: tests use --app.
 *
 * The process that was launched ends with status 0 and a copy of it lives on,
 * waiting for a signal; "PID copy" is appended to $GUEST_LOG by the copy.
 * Each word of the command line is another way to do it:
 *
 *   libc     daemon(3)
 *   close    daemon(3), then close every descriptor
 *   double   fork, setsid, fork again
 *   late     fork; the parent ends at once, setsid comes 300 ms later
 *   plain    fork; the parent ends, no setsid at all (as xclip does)
 *   worker   as libc, and the copy forks a worker that shows its pid as
 *            "PID worker"
 *   helper   fork, setsid in the copy; the parent works on for $WORK_MS (as ssh
 *            does, whose copy is the master of a shared connection)
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void
note(const char *what)
{
	const char *log = getenv("GUEST_LOG");
	char line[64];
	int len = snprintf(line, sizeof(line), "%d %s\n", (int)getpid(), what);
	int fd = log ? open(log, O_WRONLY | O_APPEND | O_CREAT, 0600) : -1;

	if (fd >= 0 && write(fd, line, (size_t)len) != len)
		_exit(99);
	close(fd);
}

static void
parent_leaves(void)
{
	pid_t pid = fork();

	if (pid < 0)
		_exit(98);
	if (pid > 0)
		_exit(0);
}

int
main(int argc, char *argv[])
{
	const char *how = argc > 1 ? argv[1] : "libc";

	alarm(300);
	note("main");
	if (!strcmp(how, "double")) {
		parent_leaves();
		setsid();
		parent_leaves();
	} else if (!strcmp(how, "helper")) {
		if (fork() > 0) {
			poll(NULL, 0, atoi(getenv("WORK_MS")));
			_exit(0);
		}
		setsid();
	} else if (!strcmp(how, "late")) {
		parent_leaves();
		poll(NULL, 0, 300);
		setsid();
	} else if (!strcmp(how, "plain")) {
		parent_leaves();
	} else if (daemon(0, 0) < 0) {
		return 97;
	}
	if (!strcmp(how, "close"))
		syscall(SYS_close_range, 0u, ~0u, 0u);
	note("copy");
	if (!strcmp(how, "worker") && fork() == 0)
		note("worker");
	alarm(300);
	for (;;)
		pause();
}
