/*
 * child.h: fork a child of the keeper, and close descriptors.
 */
#ifndef KEEPER_CHILD_H
#define KEEPER_CHILD_H

#include <sys/types.h>

#include <stddef.h>

struct keeper;

/* As fork(2).  The child has the instance's initial signals, limits and
 * environment, and its own process group. */
pid_t child_fork(struct keeper *k);

/* Close all descriptors from this number on but those in fds (-1: none). */
void fds_keep(unsigned int from, const int *fds, size_t n);

#endif
