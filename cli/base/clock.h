/*
 * clock.h: time, in milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

/* Since some fixed moment; never set back. */
long long clock_now(void);

/* ms from now to a moment of clock_now; not below 0. */
int clock_left(long long deadline);

/* The moment half-way to the deadline: a step that hangs leaves the other half
 * to the steps after it. */
long long clock_half(long long deadline);

/* Since the epoch, as the wall clock says. */
long long clock_wall(void);

/* Since boot, suspend included: what start times in /proc count from. */
long long clock_boot(void);

/* Sleep for us microseconds; a signal may end it early. */
void clock_sleep(long us);

#endif
