/*
 * help.h: the usage text of onlyonectl, and what it says of one verb.
 */
#ifndef CTL_HELP_H
#define CTL_HELP_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

/* The verbs, or all of it, on standard output. */
void help_print(enum help how);

int ctl_help(struct ctl *c, struct fault *f);

#endif
