/*
 * part_path.c: where the other parts of onlyone lie.
 */
#include <sys/auxv.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/part_path.h"
#include "cli/base/text.h"
#include "preload/contract.h"
#include "preload/paths.h"

/* Whether path exists and can be used; if it may exist but cannot be used or
 * looked at, *err gets the first such errno. */
static bool
is_usable(const char *path, int how, int *err)
{
	if (access(path, how) == 0)
		return true;
	if (errno != ENOENT && errno != ENOTDIR && !*err)
		*err = errno;
	return false;
}

static const char *
installed_path(const char *name, int how, char *buf, int err)
{
	struct text t = text_in(buf, PATH_MAX);

	text_all(&t, LIB_PATH "/", name, NULL);
	if (is_usable(buf, how, &err))
		return buf;
	errno = err ? err : ENOENT;
	return NULL;
}

/* The path of our own file, in buf (PATH_MAX bytes), not NUL-terminated: the
 * name by which we were executed, if it is absolute and no link, else what
 * /proc says.  Its length; -1: errno. */
static ssize_t
self_find(const char *name, char *buf)
{
	size_t n = name ? strlen(name) : 0;
	char target[1];

	if (n && n < PATH_MAX && *name == '/' &&
	    readlink(name, target, sizeof(target)) < 0 && errno == EINVAL) {
		memcpy(buf, name, n);
		return (ssize_t)n;
	}
	return readlink("/proc/self/exe", buf, PATH_MAX - 1);
}

const char *
part_path(const char *name, int how, char *buf)
{
	static const char *const places[] = { "", "../lib/onlyone/" };
	const char *self = (const char *)getauxval(AT_EXECFN);
	struct text t;
	int err = 0;
	ssize_t n;
	char *base;

	/* Installed: no need to look where we are. */
	if (self && !strcmp(self, BIN_PATH))
		return installed_path(name, how, buf, 0);
	n = self_find(self, buf);
	if (n < 0 && errno != ENOENT)
		err = errno;
	if (n > 0) {
		buf[n] = '\0';
		base = strrchr(buf, '/') + 1;
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			t = text_in(base, (size_t)(PATH_MAX - (base - buf)));
			text_all(&t, places[i], name, NULL);
			if (!t.cut && is_usable(buf, how, &err))
				return buf;
		}
	}
	return installed_path(name, how, buf, err);
}

_Noreturn void
raise_become(const char *const argv[])
{
	char path[PATH_MAX];
	const char *helper = part_path(RAISE_NAME, X_OK, path);

	/* With the environment mark the helper would be a part of the instance:
	 * when only the helper and a keeper are left, the instance's tree is
	 * gone. */
	unsetenv(ENV_SLOT);
	/* No shim may follow the helper, or enforce rules in it. */
	unsetenv("LD_PRELOAD");
	if (helper)
		execve(helper, (char *const *)argv, environ);
	_exit(EXIT_NOTFOUND);
}
