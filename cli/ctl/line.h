/*
 * line.h: the command line of onlyonectl.
 */
#ifndef CTL_LINE_H
#define CTL_LINE_H

#include "cli/ctl/ctl.h"
#include "cli/ctl/verbs.h"
#include "cli/fault.h"

/* The verb in *v, its operands and options in *c, which point into argv and
 * into words (argc + 2, zero).  0; 1: help or version is asked for; -1: a fault
 * of 64. */
int line_parse(struct ctl *c, int argc, char *argv[], char *words[],
    const struct verb **v, struct fault *f);

#endif
