/*
 * waiting.h: launches that wait for an instance: list --waiting, cancel.
 */
#ifndef CTL_WAITING_H
#define CTL_WAITING_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

/* list, with --waiting. */
int waiting_list(struct ctl *c, struct fault *f);

int ctl_cancel(struct ctl *c, struct fault *f);

#endif
