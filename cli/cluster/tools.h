/*
 * tools.h: what onlyonectl asks of the store: list, check, init.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include "cli/fault.h"

/* onlyone-cluster VERB URL ...: its exit status, or -1 with a fault. */
int tools_run(int argc, char *argv[], struct fault *f);

#endif
