/*
 * without.h: a rule whose file cannot be used.
 */
#ifndef LAUNCH_WITHOUT_H
#define LAUNCH_WITHOUT_H

#include <stdbool.h>

#include "cli/core/slot/info.h"

struct fault;
struct launch;

/* A named file cannot be used, for the reason in f.  Under a rule, do without
 * it and note that in the instance's log: true.  One instance without the file
 * is better than two: if the rule failed, it would not be enforced. */
bool without_file(struct launch *l, enum without which,
    const struct fault *f);

#endif
