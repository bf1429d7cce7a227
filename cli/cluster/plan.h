/*
 * plan.h: --dry-run: what a launch would do.
 */
#ifndef PLAN_H
#define PLAN_H

#include "cli/base/fault.h"
#include "cli/cluster/options.h"

/* Print what onlyone says of argv, which ends in the command, and what the store at
 * url has of the application.  The exit status, or -1 with a fault. */
int plan_tell(const struct cluster_options *o, char *const argv[],
    char *const command[], const char *url, struct fault *f);

#endif
