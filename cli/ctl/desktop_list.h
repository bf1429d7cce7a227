/*
 * desktop_list.h: overrides of desktop entries among the rules.
 */
#ifndef CTL_DESKTOP_LIST_H
#define CTL_DESKTOP_LIST_H

#include "cli/ctl/ruled.h"
#include "cli/fault.h"

/* Add all overrides to a list of rules. */
int desktop_list(struct ruleds *rs, struct fault *f);

#endif
