/*
 * base.h: where a default root lies.
 */
#ifndef BASE_H
#define BASE_H

#include <stdbool.h>

#include "cli/fault.h"
#include "cli/slot/root.h"

/* Look for it: its path, and whether it exists.  0 or -1. */
int base_find(struct root *r, struct fault *f);

#endif
