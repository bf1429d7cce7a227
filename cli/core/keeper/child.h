/*
 * child.h: fork a child of the keeper that is to execute another program.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

struct keeper;

/* As fork(2).  The child has the signals, limits and environment that the
 * instance began with, and a process group of its own. */
pid_t child_fork(struct keeper *k);

#endif
