/*
 * rules.h: what is enabled.
 */
#ifndef CTL_RULES_H
#define CTL_RULES_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_rules(struct ctl *c, struct fault *f);

#endif
