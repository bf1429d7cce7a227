/*
 * nested.h: a launch from inside an instance.
 */
#ifndef LAUNCH_NESTED_H
#define LAUNCH_NESTED_H

#include <stdbool.h>

struct buf;
struct fault;
struct info;
struct launch;
struct place;

/* Find the instance that ONLYONE_SLOT names.  Returns its open folder, with its
 * record in *i, which points into b; -1: none; -2: errno, not known.  The root must
 * have been found, and is open afterwards. */
int inside_find(struct place *p, struct buf *b, struct info *i);

/* Whether we already are the instance: a script that onlyone launched and whose
 * first line launches it again.  The record is then in the claim.  -1: a fault. */
int inside_is(struct launch *l, struct fault *f);

/* If inside_is, become the program.  Returns only on failure: -1. */
int inside_run(struct launch *l, struct fault *f);

/* This launch executes its command without its own claim; inside: because this
 * process already is the instance.  0, or -1 with a fault of 64: it has done so
 * too often within a minute. */
int loop_check(const struct launch *l, bool inside, struct fault *f);

/* Reset the counter: from here on a new slot is claimed. */
void loop_forget(void);

#endif
