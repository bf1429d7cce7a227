/*
 * later.h: what a rule means for files that are opened later.
 */
#ifndef CTL_LATER_H
#define CTL_LATER_H

#include "cli/core/rule/shows.h"

struct options;

/* Note what happens to files that are opened while app, the program at path,
 * runs with these options; path NULL: its whole command line is its name. */
void later_tell(const char *app, const char *path, enum shows shows,
    const struct options *o);

#endif
