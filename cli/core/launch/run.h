/*
 * run.h: one run of onlyone, from the options to exec or to the answer.
 */
#ifndef RUN_H
#define RUN_H

#include "cli/core/launch/launch_state.h"

/* Run onlyone: l->o and l->born are set, all else is zero.  As launch_one. */
int run_launch(struct launch *l, struct fault *f);

/* The same after launch_begin. */
int run_begun(struct launch *l, struct fault *f);

#endif
