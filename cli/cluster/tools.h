/*
 * tools.h: the verbs of onlyone-cluster: what it asks of the store.
 */
#ifndef TOOLS_H
#define TOOLS_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/cluster/options.h"

/* Whether this word is a verb. */
bool tools_verb(const char *word);

/* Run argv[0], a verb; optioned: there were options before it.  Its exit status,
 * or -1 with a fault. */
int tools_run(bool optioned, int argc, char *argv[], struct fault *f);

#endif
