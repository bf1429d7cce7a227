/*
 * list.h: what runs, for people and for programs.
 */
#ifndef CTL_LIST_H
#define CTL_LIST_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_list(struct ctl *c, struct fault *f);
int ctl_status(struct ctl *c, struct fault *f);
int ctl_pid(struct ctl *c, struct fault *f);
int ctl_count(struct ctl *c, struct fault *f);

#endif
