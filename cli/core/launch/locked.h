/*
 * locked.h: --lock-file: lock a file in addition to the slot.
 */
#ifndef LAUNCH_LOCKED_H
#define LAUNCH_LOCKED_H

#include <stdbool.h>

#include "cli/core/slot/lockfile.h"

struct fault;
struct launch;

/* Set l->lock.path, the absolute path of the lock file.  0 or -1. */
int locked_path(struct launch *l, struct fault *f);

/* With the claim held: lock the file, if there is one.  0; 1: another process
 * has it locked; -1: fault.  A rule goes without a file that cannot be used. */
int locked_take(struct launch *l, struct fault *f);

/* Another process has this file locked, as f says (holds.h): the result of a
 * launch that does not wait.  0 (skip), or -1 with f. */
int locked_end(const struct launch *l, const char *file, struct fault *f);

/* Whether another process has the file locked, without trying to lock it.  If
 * it is LOCKED the fault says so (holds.h). */
enum lockfile_seen locked_seen(const struct launch *l, struct fault *f);

/* Pack the lock file into a parcel (preload/parcel.h) for the program: a
 * plain descriptor would be inherited, and shared, by the keeper. */
void locked_pack(struct launch *l);

/* This process was already an instance when it executed us: close its parcel at
 * exec, unless locked_pass follows, so that only its next program gets it.
 * Returns the value for ENV_LOCK; -1: there is no parcel.  shared: copies of
 * the program may have the lock file too. */
int locked_carry(bool shared);

/* Keep the parcel of this value of locked_carry (-1: none) open at exec. */
void locked_pass(int carried);

/* Wait for the lock until deadline (clock_now; 0: forever).  0 or -1. */
int locked_wait(struct launch *l, long long deadline, struct fault *f);

#endif
