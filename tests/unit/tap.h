/*
 * tap.h: the Test Anything Protocol, as little of it as a unit test needs.
 *
 * ok() for each claim, tap_end() as main's last word: the plan comes at the
 * end, and the exit status says whether all held.
 */
#ifndef TAP_H
#define TAP_H

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static int tap_count, tap_failed;

/* One claim; the name is a printf format, without '#'. */
__attribute__((format(printf, 2, 3))) static inline bool
ok(bool held, const char *name, ...)
{
	va_list ap;

	printf("%sok %d - ", held ? "" : "not ", ++tap_count);
	va_start(ap, name);
	vprintf(name, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
	tap_failed += !held;
	return held;
}

/* A claim that cannot be tried for want of a thing, by the name that tests/run
 * has for it: it is left out in the words of tests/run, which accepts no others
 * ("thing" alone where it has no such word). */
static inline void
tap_without(const char *thing, const char *name)
{
	const char *lacks = getenv("ONLYONE_TEST_LACKS");
	char path[PATH_MAX], why[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", lacks ? lacks : "", thing);
	snprintf(why, sizeof(why), "no %s here\n", thing);
	file = fopen(path, "r");
	if (file) {
		if (!fgets(why, sizeof(why), file))
			why[0] = '\0';
		fclose(file);
	}
	printf("ok %d - %s # skip %s", ++tap_count, name, why);
}

static inline int
tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
