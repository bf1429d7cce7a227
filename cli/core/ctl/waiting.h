/*
 * waiting.h: launches that wait for an instance: list --waiting, cancel.
 */
#ifndef CTL_WAITING_H
#define CTL_WAITING_H

#include "cli/core/ctl/ctl.h"
#include "cli/base/fault.h"

/* list --waiting.  0, or -1 with a fault. */
int waiting_list(struct ctl *c, struct fault *f);

int ctl_cancel(struct ctl *c, struct fault *f);

#endif
