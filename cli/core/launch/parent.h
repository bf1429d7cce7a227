/*
 * parent.h: a launch that has to stay beside its program.
 */
#ifndef PARENT_H
#define PARENT_H

#include <stdbool.h>

#include "cli/core/launch/children.h"
#include "cli/core/launch/launch_state.h"

struct launch;

/* Whether the launch has to stay (pid 1, subreaper), since the keeper must not
 * become the application's child. */
bool parent_needed(void);

/* Stay until child and instance have ended; returns the exit status.  since:
 * start of the instance. */
int parent_stay(struct launch *l, pid_t child, long long since);

#endif
