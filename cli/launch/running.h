/*
 * running.h: what a launch does where an instance runs: its policy.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include "cli/launch/state.h"
#include "cli/meet/hand.h"

/* Over fd, a connection to the keeper of its place, which is closed then.  All
 * but NOBODY. */
enum hand_result running_hand(struct launch *l, int fd, int *status,
    struct fault *f);

/* The same where somebody answers; where not, nothing is claimed: NOBODY. */
enum hand_result running_try(struct launch *l, int *status, struct fault *f);

#endif
