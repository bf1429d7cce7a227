/*
 * not_run.h: the outcome if the command is not run, since something else is
 * running, or has run.
 */
#ifndef LAUNCH_NOT_RUN_H
#define LAUNCH_NOT_RUN_H

struct fault;
struct launch;

/* The exit status if this launch's command is not run because another one is
 * running, or has run (--every). */
int unrun_code(const struct launch *l);

/* --skip, and the holder of the slot (f, and more, quoted) is not known to be
 * the very same job: say so.  0, or -1: --must-deliver. */
int unrun_skipped(const struct launch *l, const char *more, struct fault *f);

/* Adjust a fault to this launch: it is a minor one if another launch is next in
 * line.  Returns -1. */
int unrun_failed(const struct launch *l, struct fault *f);

/* MET_ELSEWHERE, whose fault is set: skip and fail act as if it had
 * answered. */
int unrun_elsewhere(struct launch *l, struct fault *f);

#endif
