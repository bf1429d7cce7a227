/*
 * plan.h: say what a launch would do: --dry-run and --explain.
 */
#ifndef LAUNCH_PLAN_H
#define LAUNCH_PLAN_H

struct fault;
struct launch;

/* Write the plan to fd.  0 or -1. */
int plan_show(struct launch *l, int fd, struct fault *f);

#endif
