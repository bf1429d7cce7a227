/*
 * every.h: --every=TIME: a job that was started with success within TIME is not
 * started again.
 */
#ifndef EVERY_H
#define EVERY_H

#include <limits.h>

#include "cli/base/fault.h"
#include "cli/base/text.h"
#include "cli/core/launch/launch_state.h"

/* Open the folder of stamps, for its path (PATH_MAX bytes); make: with all that
 * is missing on the way to it.  -1: a fault, EXIT_NONE if there is none. */
int every_folder(char *path, bool make, struct fault *f);

/* Before the slot is looked at.  1: the job is due, or that cannot be told; 0:
 * it is not, and nothing is to be done; -1: the same with -n, a fault of 75. */
int every_ask(struct launch *l, struct fault *f);

/* With the slot ours: the job is about to start, write down when (stamp.h).
 * ask: look again before, since others may have run it.  As every_ask; a note
 * says what is wrong with the stamp. */
int every_begin(struct launch *l, bool ask, struct fault *f);

/* For --dry-run: if the job is not due, add " is not due until ..." to t.  Whether it is
 * not. */
bool every_tell(struct launch *l, struct text *t);

#endif
