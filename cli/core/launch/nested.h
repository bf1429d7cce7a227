/*
 * nested.h: a launch by a program that onlyone has launched.
 */
#ifndef NESTED_H
#define NESTED_H

#include "cli/core/launch/launch_state.h"

/* Find the instance that ONLYONE_SLOT names.  Returns its open folder, with its
 * record in *i, which points into b; -1: none.  The root must have been found,
 * and is open afterwards. */
int inside_find(struct place *p, struct buf *b, struct info *i);

/* Whether we are the instance already: a script that onlyone launched and whose
 * first line launches it again.  The record is then in the claim. */
bool inside_is(struct launch *l);

/* If inside_is, become the program.  Returns only on failure: -1. */
int inside_run(struct launch *l, struct fault *f);

/* This launch executes its command without a claim of its own; inside: because
 * this process is the instance already.  0, or -1 with a fault of 64: it has
 * done so too often within a minute. */
int loop_check(const struct launch *l, bool inside, struct fault *f);

/* Reset the counter: from here on a new slot is claimed. */
void loop_forget(void);

#endif
