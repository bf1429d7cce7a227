/*
 * launch.h: one command line, one slot.
 */
#ifndef LAUNCH_H
#define LAUNCH_H

#include "cli/launch/state.h"

/* What it is: id, command and args.  Of l, o and born are there, and
 * all else is zero.  0 or -1. */
int launch_begin(struct launch *l, struct fault *f);

/* Launch it; steps are there as well.  Returns an exit status, or -1 with a
 * fault; a launch that starts the program does not return. */
int launch_one(struct launch *l, struct fault *f);

/* A fault on its way to the user: busy has the code that -E gives it. */
void launch_busy(const struct launch *l, struct fault *f);

/* Its key and place.  0 or -1. */
int launch_place(struct launch *l, struct fault *f);

/* Note, once, that the key could not be made. */
void launch_key_tell(struct launch *l);

/* From the place to the end: hand over, or start.  As launch_one. */
int launch_placed(struct launch *l, struct fault *f);

#endif
