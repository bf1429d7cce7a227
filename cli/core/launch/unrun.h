/*
 * unrun.h: the outcome if the command is not run, since something else is
 * running, or has run.
 */
#ifndef LAUNCH_UNRUN_H
#define LAUNCH_UNRUN_H

struct fault;
struct launch;

/* The exit status if this launch's command is not run because another one is
 * running, or has run (--every). */
int unrun_code(const struct launch *l);

/* policy_skips, and the holder of the slot (f, and more, quoted) is not known to
 * be the very same job: say so.  The status, or -1: --must-deliver. */
int unrun_skipped(const struct launch *l, const char *more, struct fault *f);

/* Adjust a fault to this launch: it is a minor one if another launch is next in
 * line.  Returns -1. */
int unrun_failed(const struct launch *l, struct fault *f);

/* MET_ELSEWHERE, whose fault is set: MEETS_ASKS acts as if it had answered.
 * Returns as launch_one. */
int unrun_elsewhere(struct launch *l, struct fault *f);

#endif
