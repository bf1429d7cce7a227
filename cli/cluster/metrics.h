/*
 * metrics.h: what a key's holder does, for Prometheus (--metrics).
 *
 * One file for each key, in the text format that node_exporter's textfile
 * collector reads.  Its counters go on with the next run.
 */
#ifndef METRICS_H
#define METRICS_H

#include <limits.h>
#include <stdbool.h>

#include "cli/base/fault.h"

/* What goes on with the next run: times that the key was taken here, renewals that
 * failed, runs that lost the key. */
enum { METRICS_TAKEN, METRICS_FAILURES, METRICS_LOSSES, METRICS_COUNTERS };

struct metrics {
	char path[PATH_MAX]; /* "": none are wanted */
	char labels[1024];   /* app="nightly",... */
	bool failed;         /* to write it, the last time */
	bool held, waiting;
	long long renewed;   /* wall clock, ms: when the lease was granted or
	                      * renewed last; 0: never here */
	long long counted[METRICS_COUNTERS];
	long long waiters;   /* launches in line, on all hosts, while we have it */
};

/* Begin with what the file of this key in dir (NULL: none) has counted. */
void metrics_begin(struct metrics *m, const char *dir, const char *key,
    const char *engine);

/* Replace the file.  false: f; not again if that goes on failing. */
bool metrics_write(struct metrics *m, struct fault *f);

#endif
