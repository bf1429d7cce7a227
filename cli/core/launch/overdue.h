/*
 * overdue.h: --overdue=TIME: an instance that has run for longer than TIME is
 * not skipped in silence, or, with :stop, is ended and run again.
 */
#ifndef OVERDUE_H
#define OVERDUE_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/launch/launch_state.h"

#define OVERDUE " is overdue"

/* Whether the instance that was started then (wall clock, ms) has run for
 * longer; i: its record, NULL: not known. */
bool overdue_is(const struct options *o, long long since,
    const struct info *i);

/* End that instance, as --replace does, and run in its place.  The status, or
 * -1 with a fault; what another launch has started meanwhile stays, and is
 * skipped. */
int overdue_replace(struct launch *l, long long since, const char *who,
    struct fault *f);

#endif
