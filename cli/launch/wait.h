/*
 * wait.h: a launch that waits for the slot: --wait, --queue, --replace.
 */
#ifndef WAIT_H
#define WAIT_H

#include "cli/launch/state.h"

/* In line with others, of the n indexes from first on; as launch_placed. */
int wait_run(struct launch *l, int first, int n, struct fault *f);

#endif
