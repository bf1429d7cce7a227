/*
 * stop_one.h: end one instance, and wait until it has ended.
 */
#ifndef CTL_STOP_ONE_H
#define CTL_STOP_ONE_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/ctl/tell.h"
#include "cli/fault.h"
#include "cli/slot/job.h"

/* More than a dozen members: what is to come, when, and what has been. */
struct stop {
	long long deadline;          /* all on clock_now */
	long long press_at;          /* when the stop signal is sent */
	int polite_ms;               /* that windows have, which were asked */
	int kill_ms;                 /* and after that KILL; -1: never */
	long long kill_at;           /* 0: not known yet, or never */
	long long say_at;            /* for whom we wait; 0: not, or done */
	pid_t asked;                 /* who has had the stop signal */
	bool closes;                 /* its windows have been asked to close,
	                              * and what comes of it counts */
	bool questions;              /* it asks its user something */
	bool limited;                /* by -w */
	bool killed;
	struct job job;
	struct telling close;        /* to its windows */
	bool failed;                 /* and it was told */
};

/* Ask its windows to close; the answer is stop_begin's.  s is all zeros. */
void stop_close(struct ctl *c, const struct found *found, struct stop *s);

/* What came of that, by which its times are set.  alone: none of its time has
 * gone to others.  -1: a fault, as of all here. */
int stop_begin(struct ctl *c, const struct found *found, struct stop *s,
    bool alone, struct fault *f);

/* Send the stop signal to its owner, pid, if it is time. */
int stop_ask(struct ctl *c, const struct found *found, struct stop *s,
    int pidfd, pid_t pid, struct fault *f);

/* Until the instance is over. */
int stop_wait(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f);

/* It is: until what it has started is, and is to end. */
int stop_end(struct ctl *c, const struct found *found, struct stop *s,
    struct fault *f);

#endif
