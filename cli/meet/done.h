/*
 * done.h: what came of an activation, and what its launch says of it.
 */
#ifndef DONE_H
#define DONE_H

#include "cli/fault.h"
#include "cli/fields.h"
#include "cli/meet/activation.h"

/* By DONE: the exit status, or -1 with a fault. */
int done_take(const struct activation *a, const struct place *p,
    const struct fields *b, struct fault *f);

#endif
