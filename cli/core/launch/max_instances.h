/*
 * max_instances.h: --max: several instances of one key.
 */
#ifndef LAUNCH_MAX_INSTANCES_H
#define LAUNCH_MAX_INSTANCES_H

#include "cli/core/meet/hand.h"

struct fault;
struct launch;

/* Returns as launch_placed. */
int max_run(struct launch *l, struct fault *f);

/* Hand over as running_try does if all N are running; else HAND_NOBODY. */
enum hand_result max_try(struct launch *l, int *status, struct fault *f);

#endif
