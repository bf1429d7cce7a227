/*
 * inside.h: our library in the program.
 */
#ifndef RAISE_INSIDE_H
#define RAISE_INSIDE_H

#include "cli/raise/attempt.h"

/* The program's own request, by our library in it; by D-Bus, of a
 * program without that. */
enum outcome inside_raise(struct attempt *a);
enum outcome inside_raise_process(struct attempt *a, pid_t pid,
    const char *folder);
enum outcome application_raise(struct attempt *a);

#endif
