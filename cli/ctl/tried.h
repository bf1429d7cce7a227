/*
 * tried.h: a program is run, to see whether it does, and what it says then.
 */
#ifndef CTL_TRIED_H
#define CTL_TRIED_H

#include <stddef.h>

enum { TRIED_NOT = -1, TRIED_HANGS = -2 };

/*
 * Run a program with this environment; the first line of what it says on its
 * standard error into said, cap bytes: "" if it says nothing.  How it ended, as
 * wait(2) has it; TRIED_HANGS: not within that time (ms; -1: it may take any),
 * and it is killed; TRIED_NOT: there is no pipe or process for it, errno.
 */
int tried(const char *path, char *const argv[], char *const env[], int ms,
    char *said, size_t cap);

#endif
