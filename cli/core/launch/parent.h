/*
 * parent.h: a launch that has to stay as its program's parent.
 */
#ifndef LAUNCH_PARENT_H
#define LAUNCH_PARENT_H

#include <sys/types.h>

#include <stdbool.h>

struct launch;

/* Whether the launch, this process, has to stay (pid 1, subreaper), since the keeper
 * must not become the application's child. */
bool parent_needed(pid_t pid);

/* Stay until child and instance have ended; returns the exit status.  since:
 * start of the instance. */
int parent_stay(struct launch *l, pid_t child, long long since);

#endif
