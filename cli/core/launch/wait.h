/*
 * wait.h: a launch that waits for the slot: --wait, --queue, --replace.
 */
#ifndef LAUNCH_WAIT_H
#define LAUNCH_WAIT_H

#include "cli/core/meet/hand.h"

struct fault;
struct launch;

/* Get in line for n slots from index first on.  Returns as launch_placed. */
int wait_run(struct launch *l, int first, int n, struct fault *f);

/* The same for the slot of l->place, to end the instance l->replaced.
 * HAND_AGAIN: another launch was first; choose again. */
enum hand_result wait_replace(struct launch *l, int *status, struct fault *f);

#endif
