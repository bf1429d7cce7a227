/*
 * start.h: the claim is ours: publish, start the keeper, become the program.
 */
#ifndef START_H
#define START_H

#include "cli/launch/state.h"
#include "cli/wire/frame.h"

enum started {
	START_FAILED = -1, /* fault */
	START_AGAIN,       /* swept away meanwhile */
	START_LOCKED,      /* somebody else has the lock file */
	START_ELSEWHERE,   /* somebody else has the key of the cluster */
	START_ENDED        /* it stays, or has nothing to become: *status */
};

/* With the claim in hand, which is gone then; does not return where the launch
 * becomes its program. */
enum started start_run(struct launch *l, int *status, struct fault *f);

/* Whether the launch stays as the parent of its program; and whether longer
 * than that, for the end of the instance. */
bool start_stays(const struct launch *l);
bool start_stays_long(const struct launch *l);

/* The process that was to own the slot has ended.  -1. */
int start_held_ended(const struct launch *l, struct fault *f);

/* Whether a sealed application lets the one of the record start: 0 or a fault.
 * Asked when that has been published: whoever seals meanwhile finds us there,
 * or we find the seal.  The root is open. */
int start_seal_ask(struct launch *l, struct fault *f);

#endif
