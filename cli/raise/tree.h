/*
 * tree.h: which processes are an instance's.
 */
#ifndef RAISE_TREE_H
#define RAISE_TREE_H

#include "cli/raise/raise.h"

/* How near a process is to the instance: what a file manager has started
 * descends from it, and is not it, where it has a window itself. */
enum kin { KIN_NONE, KIN_MARKED, KIN_DESCENDS, KIN_ITSELF };

/* As near as least at the most: what is farther is not looked for. */
enum kin tree_kin(const struct instance *i, pid_t pid, enum kin least);

/* All that are at least that near, the nearest first: at most cap pids.  Their
 * number. */
size_t tree_list(const struct instance *i, enum kin least, pid_t *pids,
    size_t cap);

#endif
