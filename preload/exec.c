/*
 * exec.c: the nine exec functions.
 *
 * All of them, since glibc's own call each other past the symbol table:
 * execvp does not go through execve.  For the same reason what they do is
 * written again here, error for error, and ends in the kernel: libc's cannot
 * be reached without a look-up, which a hook in a vfork child must not do.
 * Only where another library may hook exec as well (fakechroot, snoopy) has
 * the constructor looked its functions up, and it gets every call that it
 * would have got without us; the owner's come to it as execve or execveat.
 */
#include <errno.h>
#include <limits.h>
#include <paths.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

#include "preload/bytes.h"
#include "preload/follow.h"
#include "preload/shim.h"
#include "preload/sys.h"

#define EXPORT __attribute__((visibility("default")))

static int
fail(int error)
{
	errno = error;
	return -1;
}

static int
run_path(const char *path, char *const *argv, char *const *envp)
{
	struct target t = {AT_FDCWD, path, argv, 0};

	return follow_exec(&t, envp);
}

/* A file without "#!" is a script for the shell (POSIX execlp). */
__attribute__((noinline)) static int
run_script(const char *path, char *const *argv, char *const *envp)
{
	size_t n = 0, i;
	char **args;

	while (argv && argv[n])
		n++;
	args = __builtin_alloca((n + 3) * sizeof(*args));
	args[0] = (char *)_PATH_BSHELL;
	args[1] = (char *)path;
	args[2] = NULL;
	for (i = 1; i < n; i++) {
		BYTES_LOOP();
		args[i + 1] = argv[i];
		args[i + 2] = NULL;
	}
	return run_path(_PATH_BSHELL, args, envp);
}

static int
run_or_script(const char *path, char *const *argv, char *const *envp)
{
	run_path(path, argv, envp);
	return errno == ENOEXEC ? run_script(path, argv, envp) : -1;
}

static const char *
search_path(void)
{
	char **e;

	for (e = environ; e && *e; e++)
		if (bytes_begin(*e, "PATH="))
			return *e + sizeof("PATH=") - 1;
	return "/bin:/usr/bin";
}

/* As glibc's execvpe does it, error for error (posix/execvpe.c). */
__attribute__((noinline)) static int
search(const char *file, char *const *argv, char *const *envp)
{
	const char *path = search_path(), *end, *s;
	size_t len = bytes_len(file), room = bytes_len(path);
	bool denied = false;
	char *name, *to;

	if (!len)
		return fail(ENOENT);
	for (s = file; *s; s++)
		if (*s == '/')
			return run_or_script(file, argv, envp);
	if (len > NAME_MAX)
		return fail(ENAMETOOLONG);
	if (room > PATH_MAX - 1)
		room = PATH_MAX - 1;
	name = __builtin_alloca(room + 1 + len + 1);
	errno = ENOENT;
	for (;; path = end + 1) {
		for (end = path; *end && *end != ':'; end++)
			BYTES_LOOP();
		if ((size_t)(end - path) <= room) {
			to = bytes_copy(name, path, (size_t)(end - path));
			if (to != name)
				*to++ = '/';
			bytes_copy(to, file, len + 1);
			run_or_script(name, argv, envp);
			if (errno == EACCES)
				denied = true;
			else if (errno != ENOENT && errno != ESTALE &&
			    errno != ENOTDIR && errno != ENODEV &&
			    errno != ETIMEDOUT)
				return -1;
		}
		if (!*end)
			break;
	}
	return denied ? fail(EACCES) : -1;
}

static int
run_v(const char *path, char *const *argv)
{
	if (shim.next.execv && !follow_due(environ))
		return shim.next.execv(path, argv);
	return run_path(path, argv, environ);
}

static int
run_vp(const char *file, char *const *argv)
{
	if (shim.next.execvp && !follow_due(environ))
		return shim.next.execvp(file, argv);
	return search(file, argv, environ);
}

static int
run_fd(const struct target *t, char *const *envp)
{
	if (t->dir < 0 || !t->argv || !envp)
		return fail(EINVAL);
	if (shim.next.fexecve && !follow_due(envp))
		return shim.next.fexecve(t->dir, t->argv, envp);
	return follow_exec(t, envp);
}

EXPORT int
execve(const char *path, char *const argv[], char *const envp[])
{
	return run_path(path, argv, envp);
}

EXPORT int
execv(const char *path, char *const argv[])
{
	return run_v(path, argv);
}

EXPORT int
execvp(const char *file, char *const argv[])
{
	return run_vp(file, argv);
}

EXPORT int
execvpe(const char *file, char *const argv[], char *const envp[])
{
	if (shim.next.execvpe && !follow_due(envp))
		return shim.next.execvpe(file, argv, envp);
	return search(file, argv, envp);
}

EXPORT int
execveat(int dir, const char *path, char *const argv[], char *const envp[],
    int flags)
{
	struct target t = {dir, path, argv, flags};

	return follow_exec(&t, envp);
}

EXPORT int
fexecve(int fd, char *const argv[], char *const envp[])
{
	struct target t = {fd, "", argv, AT_EMPTY_PATH};

	return run_fd(&t, envp);
}

/* The arguments of an execl as an array on the caller's stack, as glibc has
 * them; ap is left behind the final NULL. */
#define LIST(argv, first, ap)                                               \
	do {                                                                \
		size_t n_ = 0, i_;                                          \
		va_start(ap, first);                                        \
		for (const char *s_ = (first); s_; s_ = va_arg(ap, char *)) \
			n_++;                                               \
		va_end(ap);                                                 \
		(argv) = __builtin_alloca((n_ + 1) * sizeof(*(argv)));      \
		va_start(ap, first);                                        \
		(argv)[0] = (char *)(first);                                \
		for (i_ = 1; i_ <= n_; i_++)                                \
			(argv)[i_] = va_arg(ap, char *);                    \
	} while (0)

EXPORT int
execl(const char *path, const char *arg, ...)
{
	char **argv;
	va_list ap;

	LIST(argv, arg, ap);
	va_end(ap);
	return run_v(path, argv);
}

EXPORT int
execlp(const char *file, const char *arg, ...)
{
	char **argv;
	va_list ap;

	LIST(argv, arg, ap);
	va_end(ap);
	return run_vp(file, argv);
}

EXPORT int
execle(const char *path, const char *arg, ...)
{
	char *const *envp;
	char **argv;
	va_list ap;

	LIST(argv, arg, ap);
	envp = va_arg(ap, char *const *);
	va_end(ap);
	return run_path(path, argv, envp);
}
