/*
 * parent.h: a launch that has to stay beside its program.
 */
#ifndef PARENT_H
#define PARENT_H

#include <stdbool.h>

#include "cli/core/launch/children.h"
#include "cli/core/launch/launch_state.h"

struct launch;

struct restarts {
	long long began; /* start of the last run, clock_now */
	int pause;       /* before that run, ms; 0: none */
	int shorts;      /* short runs in a row */
};

/* Whether the launch has to stay (pid 1, subreaper), since the keeper must not
 * become the application's child. */
bool parent_needed(void);

/* Stay until child and instance have ended; returns the exit status.  since:
 * start of the instance; shim: for --restart. */
int parent_stay(struct launch *l, pid_t child, long long since,
    const char *shim);

/* The pause after a run of ran ms, in ms; -1: give up after too many short runs
 * in a row. */
int restart_pause(struct restarts *r, long long ran);

/* Tell the keeper that the instance must not be restarted, whatever its parent
 * does. */
void restart_forbid(struct launch *l);

#endif
