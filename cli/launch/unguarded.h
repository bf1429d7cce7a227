/*
 * unguarded.h: the program itself, with nothing of ours.
 */
#ifndef UNGUARDED_H
#define UNGUARDED_H

#include "cli/launch/state.h"

/* Say what is wrong, and that the program runs although it is. */
void unguarded_say(const struct fault *f);

/* Become it.  Returns only in failure: -1. */
int unguarded_run(struct launch *l, struct fault *f);

#endif
