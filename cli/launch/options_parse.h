/*
 * options_parse.h: the command line of onlyone.
 */
#ifndef OPTIONS_PARSE_H
#define OPTIONS_PARSE_H

#include "cli/fault.h"
#include "cli/launch/options.h"

/* Parse argv.  0, or -1 with a fault of 64. */
int options_parse(struct options *o, int argc, char *argv[], struct fault *f);

/* The same piece by piece, for a rule: defaults; the options of argv[1], with
 * an argument that follows, less those that a rule has no use for: how many
 * words that took; and, once, what they come to together.  -1: a fault of 64.
 */
void options_init(struct options *o);
int options_line(struct options *o, int argc, char *argv[], struct fault *f);
int options_end(struct options *o, struct fault *f);

/* Print the usage text on standard output. */
void options_help(enum help how);

#endif
