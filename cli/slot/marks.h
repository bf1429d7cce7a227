/*
 * marks.h: who carries which mark, seen in one pass over all processes.
 *
 * For those who act on many instances at once: to look through /proc for each
 * of them takes the square of their number.  What has begun since is not in it.
 */
#ifndef MARKS_H
#define MARKS_H

#include <sys/types.h>

#include <stddef.h>

#include "cli/buf.h"

struct marks {
	struct buf all; /* struct carrier, in order of their slots */
};

/* Look for marks of slots below this root.  0; -1: errno, they cannot be told,
 * and there is nothing to free. */
int marks_take(struct marks *m, const char *root);

/* As mark_scan, of those that are in it: who carries it still. */
int marks_find(const struct marks *m, const char *folder, pid_t *pids,
    size_t cap);

void marks_free(struct marks *m);

#endif
