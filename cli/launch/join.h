/*
 * join.h: a launch that waits for the end of the instance, and ends as it did.
 */
#ifndef JOIN_H
#define JOIN_H

#include "cli/launch/state.h"
#include "cli/meet/hand.h"

/* Over fd, a connection to the keeper of its place, which is closed then. */
enum hand_result join_run(struct launch *l, int fd, int *status,
    struct fault *f);

#endif
