/*
 * counted.h: --max: several instances of one key.
 */
#ifndef COUNTED_H
#define COUNTED_H

#include "cli/launch/state.h"
#include "cli/meet/hand.h"

/* As launch_placed. */
int counted_run(struct launch *l, struct fault *f);

/* Hand over, if all N run, as running_try: NOBODY otherwise. */
enum hand_result counted_try(struct launch *l, int *status, struct fault *f);

#endif
