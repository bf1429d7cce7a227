/*
 * loop_check.h: find a command that executes this very launch again.
 */
#ifndef LOOP_CHECK_H
#define LOOP_CHECK_H

#include "cli/core/launch/state.h"

/* This launch executes its command without a claim of its own; inside: because
 * this process is the instance already.  0, or -1 with a fault of 64: it has
 * done so too often within a minute. */
int loop_check(const struct launch *l, bool inside, struct fault *f);

/* Reset the counter: from here on a new slot is claimed. */
void loop_forget(void);

#endif
