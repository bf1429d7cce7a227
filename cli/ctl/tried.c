/*
 * tried.c: a program is run, to see whether it does, and what it says then.
 */
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/ctl/tried.h"
#include "cli/io.h"
#include "preload/contract.h"

/* All that it says until it ends; false: it does not end. */
static bool
said_take(int fd, int ms, char *said, size_t cap)
{
	long long until = clock_now() + ms;
	size_t n = 0;
	ssize_t got = 1;

	while (got > 0 && n < cap - 1 &&
	    io_wait(fd, POLLIN, ms < 0 ? -1 : clock_left(until)) > 0) {
		got = IO_RETRY(read(fd, said + n, cap - 1 - n));
		n += got > 0 ? (size_t)got : 0;
	}
	said[n] = '\0';
	said[strcspn(said, "\n")] = '\0';
	return got <= 0 || n == cap - 1;
}

int
tried(const char *path, char *const argv[], char *const env[], int ms,
    char *said, size_t cap)
{
	int ends[2], status = TRIED_NOT, err;
	bool over = true;
	pid_t pid;

	*said = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return TRIED_NOT;
	pid = fork();
	if (pid == 0) {
		dup2(ends[1], 2);
		execve(path, argv, env);
		_exit(EXIT_CANTEXEC);
	}
	err = errno;
	io_close(&ends[1]);
	if (pid > 0)
		over = said_take(ends[0], ms, said, cap);
	io_close(&ends[0]);
	if (!over)
		kill(pid, SIGKILL);
	if (pid > 0)
		IO_RETRY(waitpid(pid, &status, 0));
	errno = err;
	return over ? status : TRIED_HANGS;
}
