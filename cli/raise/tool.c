/*
 * tool.c: other processes that do something for onlyone-raise.
 *
 * A multiplexer's client hangs where its server is stopped: whoever is not
 * ready by the deadline is ended.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/raise/tool.h"
#include "cli/slot/owner.h"

enum { NOT_FOUND = 127 };

static _Noreturn void
tool_become(char *const argv[], int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Nobody else would end it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(null, 2) == 2)
		execvp(argv[0], argv);
	_exit(NOT_FOUND);
}

/* Read to the end of it; what does not fit is lost. */
static void
output_read(int fd, char *out, size_t cap, long long deadline)
{
	char lost[512];
	size_t n = 0;
	ssize_t k;

	while (io_wait(fd, POLLIN, clock_left(deadline)) > 0) {
		if (n < cap - 1)
			k = IO_RETRY(read(fd, out + n, cap - 1 - n));
		else
			k = IO_RETRY(read(fd, lost, sizeof(lost)));
		if (k <= 0)
			break;
		if (n < cap - 1)
			n += (size_t)k;
	}
	out[n] = '\0';
}

int
tool_wait(pid_t child, long long deadline)
{
	int fd = owner_pidfd(child), status;

	if (io_wait(fd, POLLIN, clock_left(deadline)) <= 0)
		kill(child, SIGKILL);
	io_close(&fd);
	if (IO_RETRY(waitpid(child, &status, 0)) != child)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int
tool_run(char *const argv[], char *out, size_t cap, long long deadline)
{
	int ends[2], status;
	pid_t child;

	out[0] = '\0';
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0)
		tool_become(argv, ends[1]);
	io_close(&ends[1]);
	if (child > 0)
		output_read(ends[0], out, cap, deadline);
	io_close(&ends[0]);
	status = child > 0 ? tool_wait(child, deadline) : -1;
	return status == NOT_FOUND ? -1 : status;
}
