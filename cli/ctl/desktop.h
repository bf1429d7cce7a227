/*
 * desktop.h: enable and disable --desktop.
 */
#ifndef CTL_DESKTOP_H
#define CTL_DESKTOP_H

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

/* Write the overrides that the operands mean. */
int desktop_enable(struct ctl *c, struct fault *f);

/* Remove those of an application; file: also of what leads to the same file.
 * 1: there are none. */
int desktop_disable(const char *app, bool file, struct fault *f);

#endif
