/*
 * moment.h: a clock of the fuzzer's own, which goes on where somebody waits.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include <time.h>

static long long moment = 1000000; /* ms */

static int
moment_get(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = moment / 1000;
	ts->tv_nsec = moment % 1000 * 1000000;
	return 0;
}

static int
moment_sleep(const struct timespec *ts, struct timespec *left)
{
	(void)left;
	moment += ts->tv_sec * 1000 + ts->tv_nsec / 1000000 + 1;
	return 0;
}

#define clock_gettime moment_get
#define nanosleep moment_sleep
#include "cli/base/clock.c"
#undef clock_gettime
#undef nanosleep

#endif
