/*
 * number.h: numbers, strictly: no blanks, no sign but '-', nothing after.
 */
#ifndef NUMBER_H
#define NUMBER_H

#include <sys/types.h>

/* Decimal integer.  0, or -1 if s is not exactly one. */
int number_parse(const char *s, long long *n);

/* A pid: 1 to INT_MAX.  0 or -1. */
int number_pid(const char *s, pid_t *pid);

/* A time up to a century: a number with an optional fraction ("2", ".5",
 * "1.5h"), of seconds or of the unit after it (s, m, h, d, w); as milliseconds,
 * rounded up.  0 or -1. */
int number_time(const char *s, long long *ms);

/* A signal by number or name, with or without SIG, any case; RTMIN+N.
 * The number, or -1. */
int number_signal(const char *s);

#endif
