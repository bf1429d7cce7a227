/*
 * stuck.h: why a process does not respond.
 */
#ifndef CTL_STUCK_H
#define CTL_STUCK_H

#include <sys/types.h>

enum { STUCK_WHY = 256 };

/* In buf, which is returned: "is stopped", or the state of process pid, the
 * kernel function in which it waits, and for what. */
const char *stuck_why(pid_t pid, char buf[STUCK_WHY]);

#endif
