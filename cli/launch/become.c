/*
 * become.c: the launch turns into the program.
 */
#include <sys/auxv.h>

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/buf.h"
#include "cli/launch/become.h"
#include "cli/text.h"
#include "preload/contract.h"

const char *
become_shim(char *buf)
{
	static const char *const places[] = { SHIM_NAME,
		"../lib/onlyone/" SHIM_NAME };
	const char *self = (const char *)getauxval(AT_EXECFN);
	struct text t;
	ssize_t n;
	char *base;

	/* Installed: no need to look where we are. */
	if (self && !strcmp(self, BIN_PATH))
		return access(SHIM_PATH, R_OK) == 0 ? SHIM_PATH : NULL;
	n = readlink("/proc/self/exe", buf, PATH_MAX - 1);
	if (n > 0) {
		buf[n] = '\0';
		base = strrchr(buf, '/') + 1;
		/* In the build; under any prefix that make install knows. */
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			text_init(&t, base, (size_t)(PATH_MAX - (base - buf)));
			text_add(&t, places[i]);
			if (!t.cut && access(buf, R_OK) == 0)
				return buf;
		}
	}
	return access(SHIM_PATH, R_OK) == 0 ? SHIM_PATH : NULL;
}

/* No header the kernel knows: a shell script, by old custom. */
static void
script_exec(const char *file, char *const argv[], char *const env[])
{
	struct buf b;
	size_t n = 0;
	char **args;

	while (argv[n])
		n++;
	buf_init(&b, NULL, 0);
	if (buf_room(&b, (n + 3) * sizeof(*args)) < 0)
		return;
	args = (char **)(void *)b.at;
	args[0] = (char *)"/bin/sh";
	args[1] = (char *)file;
	/* With an empty argv there is no name to leave out. */
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
	/* The file was there: what is missing is its interpreter. */
	if (err == ENOENT && access(file, F_OK) == 0)
		return fault_set(f, EXIT_CANTEXEC, "cannot execute ", file,
		    ": its interpreter is not found", NULL);
	return fault_errno(f, err == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC,
	    err, "cannot execute ", file, NULL);
}
