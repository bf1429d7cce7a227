/*
 * moment.h: a clock of the fuzzer's own, which goes on where somebody waits.
 */
#ifndef MOMENT_H
#define MOMENT_H

#include "cli/base/clock.h"

static long long moment = 1000000; /* ms */

long long
clock_now(void)
{
	return moment;
}

int
clock_left(long long deadline)
{
	return deadline > moment ? (int)(deadline - moment) : 0;
}

long long
clock_half(long long deadline)
{
	return moment + clock_left(deadline) / 2;
}

long long
clock_wall(void)
{
	return moment;
}

long long
clock_boot(void)
{
	return moment;
}

void
clock_sleep(long us)
{
	moment += us / 1000 + 1;
}

#endif
