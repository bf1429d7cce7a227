/*
 * run.h: one run of onlyonectl.
 */
#ifndef CTL_RUN_H
#define CTL_RUN_H

#include "cli/fault.h"

/* Returns an exit status, or -1 with a fault. */
int ctl_run(int argc, char *argv[], struct fault *f);

#endif
