/*
 * spawn.h: start a background process that is not our child.
 */
#ifndef SPAWN_H
#define SPAWN_H

/*
 * Run run(arg), which never returns, in a new process that is not our child and
 * sends us no SIGCHLD.  The process does not have the descriptor `without` (-1:
 * none). 0, or -1 with errno (EAGAIN: too many processes).  All signals are
 * blocked in the new process.
 */
int spawn_orphan(void (*run)(void *), void *arg, int without);

#endif
