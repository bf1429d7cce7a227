/*
 * library.h: a shared library that is loaded when it is needed, and not with the
 * program: each one that has to be found and bound costs a start a fifth of a
 * millisecond.
 *
 * All here is inline: onlyone itself is static, and must not have dlopen(3).
 */
#ifndef LIBRARY_H
#define LIBRARY_H

#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Load a library, and its functions of these names (the last one NULL) into
 * calls, as many pointers to functions one after the other.  It stays loaded.
 * false: errno, ENOSYS, it is not installed, or lacks one of them. */
static inline bool
library_load(const char *file, const char *const *names, void *calls)
{
	void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL), *at;
	char *to = calls;

	errno = ENOSYS;
	for (; library && *names; names++, to += sizeof(at)) {
		at = dlsym(library, *names);
		if (!at)
			return false;
		memcpy(to, &at, sizeof(at));
	}
	return library;
}

/* Why that has failed last. */
static inline const char *
library_reason(void)
{
	const char *reason = dlerror();

	return reason ? reason : "the reason is not known";
}

#endif
