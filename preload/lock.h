/*
 * lock.h: the program's part in --lock-file.
 */
#ifndef PRELOAD_LOCK_H
#define PRELOAD_LOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Room for ENV_LOCK with its value. */
enum { LOCK_ROOM = 40 };

/* What pthread_atfork calls, __register_atfork: the former is not in libc's
 * library. */
typedef int lock_forks(void (*)(void), void (*)(void), void (*)(void), void *);

/* Keep what ENV_LOCK names as long as this process lives, and its heirs do.
 * at_fork may be NULL. */
void lock_keep(const char *value, lock_forks *at_fork);

/* Whether this process has it for an image that follows.  That finds it by
 * the variable, which is written to to; or, with on, inherits it as it is. */
bool lock_held(void);
void lock_name(char *to);
void lock_inherit(bool on);

#endif
