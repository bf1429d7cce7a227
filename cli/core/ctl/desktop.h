/*
 * desktop.h: enable and disable --desktop.
 */
#ifndef CTL_DESKTOP_H
#define CTL_DESKTOP_H

#include <stdbool.h>

#include "cli/core/ctl/ctl.h"
#include "cli/base/fault.h"

/* Override the desktop entries that the operands mean.  0 or -1. */
int desktop_enable(struct ctl *c, struct fault *f);

/* Remove the overrides of an application.  0; 1: there are none, or, unless they
 * alone are asked for, the environment names another user's folder; -1 with a
 * fault. */
int desktop_disable(const char *app, bool alone, struct fault *f);

#endif
