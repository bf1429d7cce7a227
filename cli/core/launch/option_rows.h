/*
 * option_rows.h: the table of the options of onlyone.
 *
 * Parsing, the usage text, completions and (by their long names) rules come
 * from it.
 */
#ifndef OPTION_ROWS_H
#define OPTION_ROWS_H

#include "cli/base/fault.h"
#include "cli/core/launch/options.h"
#include "cli/base/option.h"

/* Its functions set members of a struct options. */
extern const struct option_table option_table;

/* Check the cluster options against each other and the rest.  0, or -1 with a
 * fault of 64. */
int set_cluster_check(const struct options *o, struct fault *f);

#endif
