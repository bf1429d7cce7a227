/*
 * tool.c: run other programs for onlyone-raise.
 *
 * A multiplexer's client hangs if its server is stopped: a program that has not
 * ended by the deadline is killed.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/windows/tool.h"

enum { NOT_FOUND = 127 };

static _Noreturn void
tool_become(char *const argv[], int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* If we are killed, nothing else would end the program. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0 && dup2(null, 0) == 0 && dup2(out, 1) == 1 &&
	    dup2(null, 2) == 2)
		execvp(argv[0], argv);
	_exit(NOT_FOUND);
}

int
tool_wait(pid_t child, long long deadline)
{
	int status;

	return proc_await(child, deadline, &status) && WIFEXITED(status) ?
	    WEXITSTATUS(status) : -1;
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
		io_drain(ends[0], out, cap, deadline);
	io_close(&ends[0]);
	status = child > 0 ? tool_wait(child, deadline) : -1;
	return status == NOT_FOUND ? -1 : status;
}
