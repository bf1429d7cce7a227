/*
 * enable.h: make and remove rules.
 */
#ifndef CTL_ENABLE_H
#define CTL_ENABLE_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_enable(struct ctl *c, struct fault *f);
int ctl_disable(struct ctl *c, struct fault *f);

#endif
