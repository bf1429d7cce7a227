/*
 * start.h: with the claim held: publish, start the keeper, become the program.
 */
#ifndef LAUNCH_START_H
#define LAUNCH_START_H

#include <stdbool.h>

struct fault;
struct launch;

enum started {
	START_FAILED = -1, /* fault */
	START_AGAIN,       /* start over: slot removed, or process adopted */
	START_LOCKED,      /* another process has the lock file: fault */
	START_ENDED        /* *status is set: we stayed as the parent, or the
	                    * owner was already running */
};

/* Start with the claim held, and use it up.  Does not return if the launch
 * becomes its program. */
enum started start_run(struct launch *l, int *status, struct fault *f);

/* Whether the launch stays as the parent of its program. */
bool start_stays(const struct launch *l);

/* Fault: the process that was to own the slot has exited. -1. */
int start_adopted_ended(const struct launch *l, struct fault *f);

/* Whether a seal allows the recorded instance to start: 0, or -1 with a fault.
 * Call it after publishing the record: then either a process that seals now
 * finds it, or we find the seal.  The root is open. */
int start_seal_ask(struct launch *l, struct fault *f);

/* The fault of a seal that cannot be read (errno).  -1. */
int start_seal_unread(const struct launch *l, struct fault *f);

#endif
