/*
 * tree.h: which processes belong to an instance, and how near they are to it.
 */
#ifndef RAISE_TREE_H
#define RAISE_TREE_H

#include "cli/windows/windows.h"

/* How near a process is to the instance.  A program that a file manager started
 * descends from it, but the file manager's own windows are nearer. */
enum kin { KIN_NONE, KIN_MARKED, KIN_DESCENDS, KIN_ITSELF };

/* How near pid is; KIN_NONE also if it is farther than least. */
enum kin tree_kin(const struct instance *i, pid_t pid, enum kin least);

/* All processes at least as near as least, the nearest first: at most cap pids.
 * Their number. */
size_t tree_list(const struct instance *i, enum kin least, pid_t *pids,
    size_t cap);

#endif
