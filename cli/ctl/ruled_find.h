/*
 * ruled_find.h: the rules and overrides that there are.
 */
#ifndef CTL_RULED_FIND_H
#define CTL_RULED_FIND_H

#include "cli/ctl/ruled.h"
#include "cli/fault.h"

/* All of them, by name, the user's first.  0 or -1. */
int ruleds_find(struct ruleds *rs, struct fault *f);

#endif
