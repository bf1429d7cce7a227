/*
 * stamps.h: the jobs that --every knows, running or not.
 */
#ifndef CTL_STAMPS_H
#define CTL_STAMPS_H

struct ctl;
struct fault;

/* onlyonectl list --every, forget --every.  0, or -1 with a fault: 3 if there
 * is no such job. */
int stamps_list(struct ctl *c, struct fault *f);
int stamps_forget(struct ctl *c, struct fault *f);

#endif
