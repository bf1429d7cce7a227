/*
 * clock.h: time, in milliseconds.
 */
#ifndef CLOCK_H
#define CLOCK_H

/* Since some fixed moment; never set back. */
long long clock_now(void);

/* This many ms as poll(2) takes them: 0 if it is less, INT_MAX at most. */
int clock_span(long long ms);

/* ms from now to a moment of clock_now, as clock_span has them. */
int clock_left(long long deadline);

/* The same, but 0 means never: -1, no limit. */
int clock_limit(long long due);

/* If `when` is earlier than *due, make that *due; 0 in either: never. */
void clock_earlier(long long *due, long long when);

/* The moment half-way to the deadline: a step that hangs leaves the other half
 * to the steps after it. */
long long clock_half(long long deadline);

/* The moment in ms milliseconds, or the deadline if that is sooner. */
long long clock_in(long long ms, long long deadline);

/* Since the epoch, as the wall clock says. */
long long clock_wall(void);

/* Since boot, suspend included: what start times in /proc count from. */
long long clock_boot(void);

/* As clock_left and clock_half, for a deadline on clock_boot. */
int clock_boot_left(long long deadline);
long long clock_boot_half(long long deadline);

/* Sleep for us microseconds; a signal may end it early. */
void clock_sleep(long us);

#endif
