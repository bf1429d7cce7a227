/*
 * run.h: one run of onlyone, from the options to exec or to the answer.
 */
#ifndef RUN_H
#define RUN_H

#include "cli/launch/state.h"

/* Of l, o and born are there, and all else is zero.  As launch_one. */
int run_launch(struct launch *l, struct fault *f);

/* The same when launch_begin has said what it is. */
int run_begun(struct launch *l, struct fault *f);

#endif
