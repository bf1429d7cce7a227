/*
 * procs.h: list every process of ours, including those that start meanwhile.
 *
 * A listing of /proc is stale at once: if a process forks and exits before we
 * look at it, neither it nor its child is seen.  So the list is read again
 * until it has no new process.
 */
#ifndef PROCS_H
#define PROCS_H

#include <sys/types.h>

#include <dirent.h>
#include <stddef.h>

#include "cli/base/buf.h"

struct procs {
	DIR *dir;         /* /proc; dirfd(dir) is open until the end */
	struct buf known; /* pid_t; the first `sorted` are sorted */
	size_t sorted;
	int passes;
	int error;        /* errno: the list is cut short, or lacks one; 0 */
};

/* All looks until procs_end share a child (look.h).  -1: no /proc. */
int procs_begin(struct procs *s);

/* The next process that may be ours (proc_mine), but not our looking child: its
 * name in /proc, valid until the next call.  NULL: no more. */
const char *procs_next(struct procs *s, pid_t *pid);

/* The next process of any user: it must not be looked at. */
const char *procs_any(struct procs *s, pid_t *pid);

void procs_end(struct procs *s);

#endif
