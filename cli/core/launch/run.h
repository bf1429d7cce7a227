/*
 * run.h: one run of onlyone, from the options to the exec or the answer.
 */
#ifndef LAUNCH_RUN_H
#define LAUNCH_RUN_H

struct fault;
struct launch;

/* Run onlyone: l->o and l->born are set, the rest is zero. As launch_one. */
int run_launch(struct launch *l, struct fault *f);

/* The same after launch_begin. */
int run_begun(struct launch *l, struct fault *f);

#endif
