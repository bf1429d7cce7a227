/*
 * leftover.h: what an instance that has ended left running.
 */
#ifndef LEFTOVER_H
#define LEFTOVER_H

#include <stdbool.h>

#include "cli/meet/place.h"

/* Say it; daemons: those only that have a session of their own. */
void leftover_tell(const struct place *p, bool daemons);

/* The same of the one that we have replaced, how many. */
void leftover_replaced(struct place *p);

#endif
