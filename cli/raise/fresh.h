/*
 * fresh.h: the window that a program opens for what it has just been given.
 */
#ifndef FRESH_H
#define FRESH_H

#include "cli/raise/raise.h"
#include "cli/raise/x11.h"

struct fresh;

/* Note which windows the instance has on x; both have to live as long.  NULL:
 * none. */
struct fresh *fresh_begin(struct x11 *x, const struct instance *i,
    long long deadline);
void fresh_end(struct fresh *n);

/* Whether one of them is active. */
bool fresh_was_active(const struct fresh *n);

/* Until one more is there, or the handler (0: none) has ended and a moment has
 * passed: whether it is; raise it. */
bool fresh_soon(struct fresh *n, pid_t handler);
enum outcome fresh_raise(struct fresh *n, long long deadline);

/* Another one has been raised: if one more comes within a second or so, and its
 * user is still at one of those before, raise that. */
void fresh_later(struct fresh *n, int limit_ms);

#endif
