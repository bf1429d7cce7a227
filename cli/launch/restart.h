/*
 * restart.h: --restart: the program begins again in the same slot.
 */
#ifndef RESTART_H
#define RESTART_H

#include <stdbool.h>

#include "cli/launch/children.h"

struct launch;

struct restarts {
	long long began; /* the last run, clock_now */
	int pause;       /* before it, ms; 0: none */
	int shorts;      /* short runs in a row */
};

/* After a run of that many ms: how long to wait before the next one, in ms;
 * -1: there have been so many short ones that it is given up. */
int restart_pause(struct restarts *r, long long ran);

/* The only child has ended: begin it again, if that is wanted, after a pause.
 * false: that was the end. */
bool restart_child(struct launch *l, struct children *c, long long since,
    const char *shim, struct restarts *r);

/* Tell the keeper that the instance is not to begin again, whoever restarts
 * it. */
void restart_forbid(struct launch *l);

#endif
