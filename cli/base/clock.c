/*
 * clock.c: time, in milliseconds.
 */
#include <limits.h>
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
	return clock_read(CLOCK_MONOTONIC) / point_slow();
}

int
clock_span(long long ms)
{
	return ms < 0 ? 0 : ms > INT_MAX ? INT_MAX : (int)ms;
}

int
clock_left(long long deadline)
{
	/* A deadline may be LLONG_MAX: first to an int. */
	return clock_span((long long)clock_span(deadline - clock_now()) *
	    point_slow());
}

int
clock_limit(long long due)
{
	return due ? clock_left(due) : -1;
}

void
clock_earlier(long long *due, long long when)
{
	if (when && (!*due || when < *due))
		*due = when;
}

long long
clock_half(long long deadline)
{
	long long now = clock_now();

	return now + clock_span(deadline - now) / 2;
}

long long
clock_in(long long ms, long long deadline)
{
	long long then = clock_now() + ms;

	return then < deadline ? then : deadline;
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

int
clock_boot_left(long long deadline)
{
	return clock_span(deadline - clock_boot());
}

long long
clock_boot_half(long long deadline)
{
	return clock_boot() + clock_boot_left(deadline) / 2;
}

void
clock_sleep(long us)
{
	struct timespec ts = { us / 1000000, us % 1000000 * 1000 };

	nanosleep(&ts, NULL);
}
