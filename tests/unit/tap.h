/*
 * tap.h: the Test Anything Protocol, as little of it as a unit test needs.
 *
 * ok() for each claim, tap_end() as main's last word: the plan comes at the
 * end, and the exit status says whether all held.
 */
#ifndef TAP_H
#define TAP_H

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

/* A claim that cannot be tried where nothing can be mounted: tests/run accepts
 * that in its own words, and nowhere else. */
static inline void
tap_no_mount(const char *name)
{
	const char *why = getenv("ONLYONE_TEST_NO_MOUNT");

	printf("ok %d - %s # skip %s\n", ++tap_count, name,
	    why ? why : "nothing can be mounted");
}

static inline int
tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
