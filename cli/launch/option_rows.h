/*
 * option_rows.h: the table of the options of onlyone.
 *
 * Parsing, the usage text, completions and (by their long names) rules come
 * from it.
 */
#ifndef OPTION_ROWS_H
#define OPTION_ROWS_H

#include "cli/launch/options.h"
#include "cli/option.h"

/* They are noted in a struct options. */
extern const struct option_table option_table;

/* Name of a policy, as --if-running takes it. */
const char *options_policy(enum policy p);

#endif
