/*
 * part.h: what this process is to the instance that it was started within.
 */
#ifndef LAUNCH_PART_H
#define LAUNCH_PART_H

#include "cli/launch/state.h"

/*
 * Whether we were started within a live instance of the same application: then
 * we are a part of it, and perhaps its successor.  The wrapper of a program and
 * the program have one rule by their common name.  *image (-1 before): its
 * lock, held, for the program to map; -1: we can be no successor.
 */
bool part_is(struct launch *l, int *image);

#endif
