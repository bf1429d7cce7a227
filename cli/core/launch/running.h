/*
 * running.h: what a launch does if an instance is already running.
 */
#ifndef LAUNCH_RUNNING_H
#define LAUNCH_RUNNING_H

#include <stdbool.h>

#include "cli/core/meet/hand.h"

struct fault;
struct fields;
struct launch;

/* Whether the instance in this reply or record runs the very same command line
 * as this launch: then do not print it. */
bool running_same(const struct launch *l, const struct fields *b);

/* The lock says that an instance is running: skip or fail. */
enum hand_result running_locked(struct launch *l, int *status,
    struct fault *f);

/* Apply the policy over fd, a connection to the keeper, which this closes.
 * Never HAND_NOBODY. */
enum hand_result running_hand(struct launch *l, int fd, int *status,
    struct fault *f);

/* The same if an instance is running; else HAND_NOBODY: nothing is claimed. */
enum hand_result running_try(struct launch *l, int *status, struct fault *f);

#endif
