/*
 * child.h: fork a child of the keeper, and close what it is not to keep.
 */
#ifndef CHILD_H
#define CHILD_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct keeper;

/* As fork(2).  The child has the signals, limits and environment that the
 * instance began with, and a process group of its own. */
pid_t child_fork(struct keeper *k);

/* Close all descriptors from this number on but those in fds (-1: none). */
void fds_keep(unsigned int from, const int *fds, size_t n);

#endif
