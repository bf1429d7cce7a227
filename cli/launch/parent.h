/*
 * parent.h: a launch that has to stay beside its program.
 */
#ifndef PARENT_H
#define PARENT_H

#include "cli/launch/state.h"

/* Whether it has to (pid 1, subreaper), for the keeper must not become the
 * application's child. */
bool parent_needed(void);

/* Stay until child and instance have ended; returns the exit status.  shim is
 * for programs that are begun again. */
int parent_stay(struct launch *l, pid_t child, long long since,
    const char *shim);

#endif
