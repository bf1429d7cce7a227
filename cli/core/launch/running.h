/*
 * running.h: what a launch does if an instance runs, by its policy.
 */
#ifndef RUNNING_H
#define RUNNING_H

#include "cli/core/launch/launch_state.h"
#include "cli/core/meet/activation.h"
#include "cli/core/meet/hand.h"

/* Whether an instance, of this reply or record, runs the command of this launch
 * as well.  A launch that is to be shown does not care. */
bool running_same(const struct launch *l, const struct fields *b);

/* The lock says that an instance runs: skip or fail. */
enum hand_result running_locked(struct launch *l, int *status,
    struct fault *f);

/* Apply the policy over fd, a connection to the keeper, which this closes.
 * Never HAND_NOBODY. */
enum hand_result running_hand(struct launch *l, int fd, int *status,
    struct fault *f);

/* The same if an instance runs; else HAND_NOBODY: nothing is claimed. */
enum hand_result running_try(struct launch *l, int *status, struct fault *f);

/* MET_ELSEWHERE, whose fault is set: skip and fail end as if it answered. */
int running_elsewhere(struct launch *l, struct fault *f);

#endif
