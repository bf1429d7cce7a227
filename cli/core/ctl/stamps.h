/*
 * stamps.h: the jobs that --every knows of, whether they run or not.
 */
#ifndef CTL_STAMPS_H
#define CTL_STAMPS_H

#include "cli/base/fault.h"
#include "cli/core/ctl/ctl.h"

/* onlyonectl list --every, forget --every.  0, or -1 with a fault: 3 if there
 * is no such job. */
int stamps_list(struct ctl *c, struct fault *f);
int stamps_forget(struct ctl *c, struct fault *f);

#endif
