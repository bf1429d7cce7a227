/*
 * max_instances.h: --max: several instances of one key.
 */
#ifndef MAX_INSTANCES_H
#define MAX_INSTANCES_H

#include "cli/core/launch/launch_state.h"
#include "cli/core/meet/hand.h"

/* Returns as launch_placed. */
int max_run(struct launch *l, struct fault *f);

/* Hand over as running_try if all N run; else HAND_NOBODY. */
enum hand_result max_try(struct launch *l, int *status, struct fault *f);

#endif
