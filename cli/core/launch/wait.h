/*
 * wait.h: a launch that waits for the slot: --wait, --queue, --replace.
 */
#ifndef WAIT_H
#define WAIT_H

#include "cli/core/launch/launch_state.h"

/* Get in line for n slots from index first on.  Returns as launch_placed. */
int wait_run(struct launch *l, int first, int n, struct fault *f);

#endif
