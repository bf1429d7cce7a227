/*
 * unguarded.h: the program itself, with nothing of ours.
 */
#ifndef UNGUARDED_H
#define UNGUARDED_H

#include "cli/launch/state.h"

/* Become it.  Returns only in failure: -1. */
int unguarded_run(struct launch *l, struct fault *f);

#endif
