/*
 * command_line.h: the command line of onlyonectl.
 */
#ifndef CTL_COMMAND_LINE_H
#define CTL_COMMAND_LINE_H

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/fault.h"

/* Parse argv: the verb into *v, its operands and options into *c, which point
 * into argv and words (argc + 2 entries, all NULL).  0; 1: help or version is
 * asked for; -1: a fault of 64. */
int line_parse(struct ctl *c, int argc, char *argv[], char *words[],
    const struct verb **v, struct fault *f);

#endif
