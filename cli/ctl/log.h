/*
 * log.h: what has happened to an instance.
 */
#ifndef CTL_LOG_H
#define CTL_LOG_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_log(struct ctl *c, struct fault *f);

#endif
