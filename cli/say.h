/*
 * say.h: the one place that speaks to the user, on standard error.
 *
 * Everything is one line, "onlyone: ...".  A launch that succeeded says
 * nothing else.
 */
#ifndef SAY_H
#define SAY_H

#include "cli/fault.h"

/* How much is said: -q leaves out notes and what the exit status alone tells,
 * that it is busy (fault.h: minor); -v adds explanations. */
enum say_level { SAY_QUIET, SAY_NORMAL, SAY_VERBOSE };
void say_level(enum say_level level);

/* The name before the colon; "onlyone" unless told otherwise. */
void say_name(const char *name);

/* An error: always; a minor one, unless quiet. */
void say_fault(const struct fault *f);

/* A note, unless quiet; more, if verbose.  Strings as fault_set has them. */
void say_note(const char *first, ...) __attribute__((sentinel));
void say_more(const char *first, ...) __attribute__((sentinel));

/* n as decimal, in a buffer of the caller's (at least 24 bytes). */
const char *say_num(char *buf, long long n);

/* When it is to be said what is waited for, on clock_now: after a second, if
 * standard error is a terminal; 0: never. */
long long say_later(void);

/* How long ago a moment of clock_wall was, in words ("for 5 minutes"); buf
 * has 64 bytes. */
const char *say_age(char *buf, long long since);

#endif
