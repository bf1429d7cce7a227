/*
 * spawn.h: a background process that is nobody's child.
 */
#ifndef SPAWN_H
#define SPAWN_H

#include <sys/types.h>

/*
 * Run run(arg) in a new process that is not our child and leaves us no
 * SIGCHLD; it never returns.  It never has the descriptor `without` (-1: none).
 * 0, or -1 with errno (EAGAIN: too many processes).  All signals are blocked in
 * the new process.
 */
int spawn_orphan(void (*run)(void *), void *arg, int without);

#endif
