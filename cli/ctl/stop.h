/*
 * stop.h: onlyonectl stop.
 */
#ifndef CTL_STOP_H
#define CTL_STOP_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_stop(struct ctl *c, struct fault *f);
int ctl_restart(struct ctl *c, struct fault *f);

#endif
