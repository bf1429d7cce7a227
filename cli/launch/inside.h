/*
 * inside.h: the instance that we were started within, by our environment.
 */
#ifndef INSIDE_H
#define INSIDE_H

#include "cli/launch/state.h"

/* That of ONLYONE_SLOT: its folder, open, and its record, which points into b;
 * -1: there is none.  The root, found before, is open afterwards. */
int inside_find(struct place *p, struct buf *b, struct info *i);

/* Whether we are the instance already: it was launched by us, and is a script
 * whose first line launches it again.  The record is then in the claim. */
bool inside_is(struct launch *l);

/* Then become the program.  Returns only in failure: -1. */
int inside_run(struct launch *l, struct fault *f);

#endif
