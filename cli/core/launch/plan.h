/*
 * plan.h: what a launch is about to do, in words: --dry-run and --explain.
 */
#ifndef PLAN_H
#define PLAN_H

#include "cli/core/launch/launch_state.h"

/* Write the plan to fd.  0 or -1. */
int plan_show(struct launch *l, int fd, struct fault *f);

#endif
