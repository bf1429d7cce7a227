/*
 * lock.h: keeping the lock of --lock-file in the program.
 */
#ifndef PRELOAD_LOCK_H
#define PRELOAD_LOCK_H

#include <stdbool.h>

/* Room for ENV_LOCK with its value. */
enum { LOCK_ROOM = 40 };

/* __register_atfork: libc.so does not export its caller, pthread_atfork. */
typedef int lock_forks(void (*)(void), void (*)(void), void (*)(void), void *);

/* Keep the lock file that value, of ENV_LOCK, names, as long as this process or
 * a successor lives.  at_fork may be NULL. */
void lock_keep(const char *value, lock_forks *at_fork);

/* Passing the lock file to the next program through exec: whether this process
 * still has the socket; write "ONLYONE_LOCK=VALUE" to to (LOCK_ROOM bytes);
 * clear (on) or set the socket's close-on-exec flag. */
bool lock_held(void);
void lock_name(char *to);
void lock_inherit(bool on);

#endif
