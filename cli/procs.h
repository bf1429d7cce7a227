/*
 * procs.h: every process, those included that are born while we look.
 *
 * A list of /proc is old at once: where one forks and ends between the list
 * and the look at it, neither is seen.  So the list is read again until nobody
 * is new in it.
 */
#ifndef PROCS_H
#define PROCS_H

#include <sys/types.h>

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/buf.h"

struct procs {
	DIR *dir;         /* /proc; dirfd(dir) is open until the end */
	struct buf known; /* pid_t; the first `sorted` ones in order */
	size_t sorted;
	int passes;
	int error;        /* errno: the list was cut short by that; 0 */
};

/* -1: no /proc. */
int procs_begin(struct procs *s);

/* The next one; its name in /proc, valid until the next call.  NULL: none. */
const char *procs_next(struct procs *s, pid_t *pid);

void procs_end(struct procs *s);

#endif
