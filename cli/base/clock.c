/*
 * clock.c: time, in milliseconds.
 */
#include <time.h>

#include "cli/base/clock.h"
#include "cli/base/points.h"

static long long
clock_read(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

long long
clock_now(void)
{
	return clock_read(CLOCK_MONOTONIC);
}

int
clock_left(long long deadline)
{
	long long ms = deadline - clock_now();

	return ms > 0 ? (int)ms : 0;
}

long long
clock_half(long long deadline)
{
	return clock_now() + clock_left(deadline) / 2;
}

long long
clock_wall(void)
{
	return clock_read(CLOCK_REALTIME) + point_wall();
}

long long
clock_boot(void)
{
	return clock_read(CLOCK_BOOTTIME);
}

void
clock_sleep(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}
