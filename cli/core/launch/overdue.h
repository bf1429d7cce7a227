/*
 * overdue.h: --overdue=TIME: an instance that has run for longer than TIME is
 * not skipped in silence, or, with :stop, is ended and run again.
 */
#ifndef OVERDUE_H
#define OVERDUE_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/launch/launch_state.h"
#include "cli/core/meet/hand.h"

/* Whether the instance that was started then (wall clock, ms) has run for
 * longer than --overdue, which is given; i: its record, NULL: not known.  A
 * launch that has tried to replace one takes none for overdue. */
bool overdue_is(const struct launch *l, long long since, const struct info *i);

/* End that instance, as --replace does, and run in its place.  HAND_AGAIN:
 * another launch was first; what it has started is to be met by the policy. */
enum hand_result overdue_replace(struct launch *l, long long since,
    int *status, struct fault *f);

#endif
