/*
 * act.h: verbs that act on instances.
 */
#ifndef CTL_ACT_H
#define CTL_ACT_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_activate(struct ctl *c, struct fault *f);
int ctl_signal(struct ctl *c, struct fault *f);
int ctl_wait(struct ctl *c, struct fault *f);

#endif
