/*
 * start.h: with the claim held: publish, start the keeper, become the program.
 */
#ifndef START_H
#define START_H

#include "cli/core/launch/launch_state.h"

enum started {
	START_FAILED = -1, /* fault */
	START_AGAIN,       /* begin again: slot swept, or process adopted */
	START_LOCKED,      /* another process has the lock file */
	START_ENDED        /* *status is set: we stayed as the parent, or the
	                    * owner ran already */
};

/* Start with the claim held, which this uses up.  Does not return if the launch
 * becomes its program. */
enum started start_run(struct launch *l, int *status, struct fault *f);

/* Whether the launch stays as the parent of its program. */
bool start_stays(const struct launch *l);

/* The fault: the process that was to own the slot has ended.  -1. */
int start_held_ended(const struct launch *l, struct fault *f);

/* Whether the recorded instance may start if its application is sealed: 0, or
 * -1 with a fault.  Ask after the record was published: then a process that
 * seals now finds it, or we find the seal.  The root is open. */
int start_seal_ask(struct launch *l, struct fault *f);

#endif
