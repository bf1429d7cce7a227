/*
 * say.h: the one place that prints messages, on standard error.
 *
 * A message is one line, "onlyone: ...", that says what is wrong, and often a
 * second one, with the same beginning, that says what to type (TEXT_HINT).  A
 * launch that succeeded says nothing else.
 */
#ifndef SAY_H
#define SAY_H

#include <stddef.h>

#include "cli/base/fault.h"

/* -q leaves out notes and minor faults (fault.h): only the exit status says
 * that the slot is busy; -v adds explanations. */
enum say_level { SAY_QUIET, SAY_NORMAL, SAY_VERBOSE };
void say_level(enum say_level level);

/* Set the name before the colon; "onlyone" by default. */
void say_name(const char *name);

/* Print a fault; a minor one not with -q. */
void say_fault(const struct fault *f);

/* Write these bytes, as they are, to standard error. */
void say_bytes(const char *p, size_t n);

/* Print a note, but not with -q; say_more: only with -v.  Strings as in
 * fault_set. */
void say_note(const char *first, ...) __attribute__((sentinel));
void say_more(const char *first, ...) __attribute__((sentinel));

/* n as decimal, in a buffer of the caller's (at least 24 bytes). */
const char *say_num(char *buf, long long n);

/* When to tell the user what we wait for, clock_now: in a second, if standard
 * error is a terminal; 0: never. */
long long say_later(void);

/* How long ago a moment of clock_wall was, in words ("for 5 minutes"); buf
 * has 64 bytes. */
const char *say_age(char *buf, long long since);

#endif
