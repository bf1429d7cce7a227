/*
 * child.h: a child of the keeper that is about to be another program.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

struct keeper;

/* As fork(2): with the signals, limits and environment that the instance began
 * with, in a process group of its own. */
pid_t child_fork(struct keeper *k);

#endif
