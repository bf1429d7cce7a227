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

static inline int
tap_end(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed ? 1 : 0;
}

#endif
