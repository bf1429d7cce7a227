/*
 * child.h: fork a child of the keeper.
 */
#ifndef KEEPER_CHILD_H
#define KEEPER_CHILD_H

#include <sys/types.h>

struct keeper;

/* As fork(2).  The child has the instance's initial signals, limits and
 * environment, and its own process group.  `blocked`, which the keeper has blocked,
 * stays so; 0: none. */
pid_t child_fork(struct keeper *k, int blocked);

#endif
