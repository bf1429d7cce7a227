/*
 * options_parse.h: the command line of onlyone.
 */
#ifndef OPTIONS_PARSE_H
#define OPTIONS_PARSE_H

#include "cli/base/fault.h"
#include "cli/core/launch/options.h"

/* Parse argv.  0, or -1 with a fault of 64. */
int options_parse(struct options *o, int argc, char *argv[], struct fault *f);

/* The same in pieces, for a rule.  options_init: defaults.  options_line: the
 * options in argv[1], with the next word if it is their argument, but none that
 * a rule cannot have; returns how many words it took.  options_end: check them
 * together, once.  -1: a fault of 64. */
void options_init(struct options *o);
int options_line(struct options *o, int argc, char *argv[], struct fault *f);
int options_end(struct options *o, struct fault *f);

/* Print the usage text on standard output. */
void options_help(enum help how);

#endif
