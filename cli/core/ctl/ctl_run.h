/*
 * ctl_run.h: one run of onlyonectl.
 */
#ifndef CTL_CTL_RUN_H
#define CTL_CTL_RUN_H

#include "cli/base/fault.h"

/* Parse argv and run the verb.  An exit status, or -1 with a fault. */
int ctl_run(int argc, char *argv[], struct fault *f);

#endif
