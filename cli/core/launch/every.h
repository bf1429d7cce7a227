/*
 * every.h: --every=TIME: do not start a job again within TIME of its last
 * successful start.
 */
#ifndef LAUNCH_EVERY_H
#define LAUNCH_EVERY_H

#include <stdbool.h>

struct fault;
struct launch;
struct text;

/* Open the folder of stamps and store its path (PATH_MAX bytes); make: create
 * missing folders. -1: a fault, EXIT_NONE if there is none. */
int every_folder(char *path, bool make, struct fault *f);

/* Before looking at the slot.  1: the job is due, or we cannot tell; 0: it is
 * not, and there is nothing to do; -1: the same with -n, a fault of 75. */
int every_ask(struct launch *l, struct fault *f);

/* The same with the slot ours, or offered to us: others may have run the job
 * meanwhile.  A note reports problems with the stamp. */
int every_due(struct launch *l, struct fault *f);

/* The job starts now: write its stamp (stamp.h).  A note reports problems. */
void every_begin(struct launch *l);

/* For --dry-run: if the job is not due, add " is not due until ..." to t.
 * Whether it is not. */
bool every_tell(struct launch *l, struct text *t);

#endif
