/*
 * become.h: the launch turns into the program.
 */
#ifndef BECOME_H
#define BECOME_H

#include "cli/base/fault.h"

/*
 * Execute file with argv and env, a file without a header as a script of
 * /bin/sh, as execvp(3) does.  Returns only in failure: -1, fault 126 (127
 * if file is gone).
 */
int become(const char *file, char *const argv[], char *const env[],
    struct fault *f);

#endif
