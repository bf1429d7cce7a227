/*
 * hook.c: another preload library that hooks the exec family, as fakechroot
 * or snoopy do: it writes the function's name to $HOOK_LOG, one a line, and
 * passes the call on.  Built as hook.so.
 *
 * It uses dlsym's oldest version, so that the object also loads where dlsym is
 * in libdl (Debian 11), if the program loads libdl.
 */
#include <sys/syscall.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef __x86_64__
__asm__(".symver dlsym, dlsym@GLIBC_2.2.5");
#endif

static void
note(const char *name)
{
	const char *log = getenv("HOOK_LOG");
	char line[32];
	int fd;

	if (!log)
		return;
	fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	strcpy(line, name);
	strcat(line, "\n");
	if (fd < 0 || write(fd, line, strlen(line)) < 0)
		_exit(95);
	close(fd);
}

#define HOOK(name, parameters, arguments)                            \
	int name parameters                                          \
	{                                                            \
		int(*next) parameters;                               \
                                                                     \
		*(void **)&next = dlsym(RTLD_NEXT, #name);           \
		note(#name);                                         \
		return next arguments;                               \
	}

HOOK(execve, (const char *path, char *const argv[], char *const envp[]),
    (path, argv, envp))
HOOK(execv, (const char *path, char *const argv[]), (path, argv))
HOOK(execvp, (const char *file, char *const argv[]), (file, argv))
HOOK(execvpe, (const char *file, char *const argv[], char *const envp[]),
    (file, argv, envp))

int
execveat(int dir, const char *path, char *const argv[], char *const envp[],
    int flags)
{
	int (*next)(int, const char *, char *const *, char *const *, int) =
	    (int (*)(int, const char *, char *const *, char *const *,
	    int))dlsym(RTLD_NEXT, "execveat");

	note("execveat");
	if (next)
		return next(dir, path, argv, envp, flags);
	return (int)syscall(SYS_execveat, dir, path, argv, envp, flags);
}
