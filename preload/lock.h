/*
 * lock.h: the program's part in --lock-file.
 */
#ifndef PRELOAD_LOCK_H
#define PRELOAD_LOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Room for ENV_LOCK with its value. */
enum { LOCK_ROOM = 40 };

/* Keep what ENV_LOCK names as long as this process lives, and its heirs do. */
void lock_keep(const char *value);

/* Whether this process has it for an image that follows.  That finds it by
 * the variable, which is written to to; or, with on, inherits it as it is. */
bool lock_held(void);
void lock_name(char *to);
void lock_inherit(bool on);

#endif
