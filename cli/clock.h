/*
 * clock.h: time, in milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

/* Since some fixed moment; never set back. */
long long clock_now(void);

/* How long from now to a moment of clock_now; not below 0. */
int clock_left(long long deadline);

/* Half-way from now to it: one who hangs leaves the other half to those who
 * come after. */
long long clock_half(long long deadline);

/* Since the epoch, as the wall clock says. */
long long clock_wall(void);

/* Since boot, suspend included: what start times in /proc count from. */
long long clock_boot(void);

/* Sleep for us microseconds; a signal may end it early. */
void clock_sleep(long us);

#endif
