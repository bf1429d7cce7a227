/*
 * overdue.h: --overdue=TIME: an instance that has run for longer than TIME is
 * not silently skipped, or, with :stop, is ended and run again.
 */
#ifndef LAUNCH_OVERDUE_H
#define LAUNCH_OVERDUE_H

#include <stdbool.h>

#include "cli/core/meet/hand.h"

struct fault;
struct info;
struct launch;

/* Whether the instance started then (wall clock, ms) has run for longer than
 * the given --overdue; i: its record, NULL: not known.  Always false for a
 * launch that has tried to replace one. */
bool overdue_is(const struct launch *l, long long since, const struct info *i);

/* End that instance, as --replace does, and run in its place.  HAND_AGAIN:
 * another launch was first; apply the policy to its instance. */
enum hand_result overdue_replace(struct launch *l, long long since,
    int *status, struct fault *f);

#endif
