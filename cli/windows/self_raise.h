/*
 * self_raise.h: a program raises its own window.
 */
#ifndef SELF_RAISE_H
#define SELF_RAISE_H

#include "cli/windows/attempt.h"

/* inside_raise: ask the program by our library in it; ..._process: the same for
 * process pid (folder: see ways_raise_process); application_raise: by D-Bus,
 * without our library. */
enum outcome inside_raise(struct attempt *a);
enum outcome inside_raise_process(struct attempt *a, pid_t pid,
    const char *folder);
enum outcome application_raise(struct attempt *a);

#endif
