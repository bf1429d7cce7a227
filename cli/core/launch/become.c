/*
 * become.c: the launch turns into the program.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/core/launch/become.h"
#include "preload/contract.h"

/* ENOEXEC: run the file as a shell script, as execvp(3) does. */
static void
script_exec(const char *file, char *const argv[], char *const env[])
{
	struct buf b = { 0 };
	size_t n = 0;
	char **args;

	while (argv[n])
		n++;
	if (buf_room(&b, (n + 3) * sizeof(*args)) < 0)
		return;
	args = (char **)(void *)b.at;
	args[0] = (char *)"/bin/sh";
	args[1] = (char *)file;
	/* An empty argv has no argv[0] to leave out. */
	memcpy(args + 2, argv + (n > 0), (n + (n == 0)) * sizeof(*args));
	execve(args[0], args, env);
}

int
become(const char *file, char *const argv[], char *const env[],
    struct fault *f)
{
	int err;

	execve(file, argv, env);
	if (errno == ENOEXEC)
		script_exec(file, argv, env);
	err = errno;
	/* The file is there: its interpreter is missing. */
	if (err == ENOENT && access(file, F_OK) == 0)
		return fault_set(f, EXIT_CANTEXEC, "cannot execute ", file,
		    ": its interpreter is not found", NULL);
	return fault_errno(f, err == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC,
	    err, "cannot execute ", file, NULL);
}
