/*
 * launch.h: one command line, one slot: hand over, or start.
 */
#ifndef LAUNCH_LAUNCH_H
#define LAUNCH_LAUNCH_H

struct fault;
struct launch;

/* Find the program: fill in id and command.  Only l->o and l->born are set, the
 * rest is zero.  0 or -1. */
int launch_begin(struct launch *l, struct fault *f);

/* Launch it, with key.steps set.  An exit status, or -1 with a fault; does not
 * return if the launch becomes the program. */
int launch_one(struct launch *l, struct fault *f);

/* Before a fault is shown: EXIT_BUSY becomes the code of -E. */
void launch_busy(const struct launch *l, struct fault *f);

/* Make the launch's key and place.  0 or -1. */
int launch_place(struct launch *l, struct fault *f);

/* Note, once, that the key could not be made. */
void launch_key_tell(struct launch *l);

/* With the place known: hand over, or start. Returns as launch_one. */
int launch_placed(struct launch *l, struct fault *f);

/* Become the program, unprotected.  Returns only on failure: -1. */
int unprotected_run(struct launch *l, struct fault *f);

#endif
