/*
 * locked.h: --lock-file: lock a file in addition to the slot.
 */
#ifndef LOCKED_H
#define LOCKED_H

#include "cli/core/launch/launch_state.h"

/* Set l->lock.path, the absolute path of the lock file.  0 or -1. */
int locked_path(struct launch *l, struct fault *f);

/* With the claim held: lock the file, if there is one.  0; 1: another process
 * has it locked; -1: fault. */
int locked_take(struct launch *l, struct fault *f);

/* Another process has the file locked: the result of a launch that does not
 * wait.  0 (skip), or -1 with a fault. */
int locked_end(const struct launch *l, struct fault *f);

/* Whether another process is seen to have the file locked, without a try.  Then
 * the fault of locked_end is set. */
bool locked_seen(const struct launch *l, struct fault *f);

/* Pack the lock file into a parcel (preload/parcel.h) for the program: a
 * plain descriptor would be inherited, and shared, by the keeper. */
void locked_pack(struct launch *l);

/* This process was an instance already when it executed us: close its parcel at
 * exec, unless locked_pass follows, so that only its next program gets it.
 * Returns the value for ENV_LOCK; -1: there is no parcel.  shared: copies of
 * the program may have the lock file too. */
int locked_carry(bool shared);

/* Let the parcel of this value of locked_carry (-1: none) stay open at exec. */
void locked_pass(int carried);

/* Wait for the lock until deadline (clock_now; 0: forever).  0 or -1. */
int locked_wait(struct launch *l, long long deadline, struct fault *f);

#endif
