/*
 * hold.h: a process that runs already becomes the instance.
 */
#ifndef CTL_HOLD_H
#define CTL_HOLD_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_hold(struct ctl *c, struct fault *f);
int ctl_release(struct ctl *c, struct fault *f);
int ctl_adopt(struct ctl *c, struct fault *f);

#endif
