/*
 * locked.h: --lock-file: the slot is free, but is the file?
 */
#ifndef LOCKED_H
#define LOCKED_H

#include "cli/launch/state.h"

/* Where it lies.  0 or -1. */
int locked_path(struct launch *l, struct fault *f);

/* Take it, if there is one, with a claim in hand.  0; 1: somebody else has
 * it; -1: fault. */
int locked_take(struct launch *l, struct fault *f);

/* Somebody else has it: the end of a launch that does not wait. */
int locked_end(const struct launch *l, struct fault *f);

/* What becomes of it is the program's alone: no descriptor of the file itself,
 * which its keeper would share, but a parcel. */
void locked_pack(struct launch *l);

/* Wait for it, until deadline (clock_now; 0: for ever).  0, or -1. */
int locked_wait(struct launch *l, long long deadline, struct fault *f);

#endif
