/*
 * beside.c: where the other parts of us lie.
 */
#include <sys/auxv.h>

#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/beside.h"
#include "cli/text.h"

static const char *
installed(const char *name, int how, char *buf)
{
	struct text t;

	text_init(&t, buf, PATH_MAX);
	text_add(&t, LIB_PATH "/");
	text_add(&t, name);
	return access(buf, how) == 0 ? buf : NULL;
}

const char *
beside_find(const char *name, int how, char *buf)
{
	static const char *const places[] = { "", "../lib/onlyone/" };
	const char *self = (const char *)getauxval(AT_EXECFN);
	struct text t;
	ssize_t n;
	char *base;

	/* Installed: no need to look where we are. */
	if (self && !strcmp(self, BIN_PATH))
		return installed(name, how, buf);
	n = readlink("/proc/self/exe", buf, PATH_MAX - 1);
	if (n > 0) {
		buf[n] = '\0';
		base = strrchr(buf, '/') + 1;
		for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
			text_init(&t, base, (size_t)(PATH_MAX - (base - buf)));
			text_add(&t, places[i]);
			text_add(&t, name);
			if (!t.cut && access(buf, how) == 0)
				return buf;
		}
	}
	return installed(name, how, buf);
}
