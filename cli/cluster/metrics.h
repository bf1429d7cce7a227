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
#include "cli/cluster/record_text.h"

struct metrics {
	char path[PATH_MAX]; /* "": none are wanted */
	char labels[1024];   /* app="nightly",... */
	bool failed;         /* to write it, the last time */
	bool held, waiting;
	long long renewed;   /* wall clock, ms: when the lease was granted or
	                      * renewed last; 0 */
	long long acquisitions, failures, losses; /* failures: of renewals */
	long long waiters;   /* launches in line, on all hosts */
};

/* Begin with what the file of this key in dir (NULL: none) has counted. */
void metrics_begin(struct metrics *m, const char *dir, const char *key,
    const struct record *r, const char *engine);

/* Replace the file.  false: f; not again if that goes on failing. */
bool metrics_write(struct metrics *m, struct fault *f);

#endif
