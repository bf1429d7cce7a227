/*
 * adopt.h: find a running program that was started without onlyone.
 */
#ifndef LAUNCH_ADOPT_H
#define LAUNCH_ADOPT_H

#include <sys/types.h>

struct fault;
struct launch;

/* Find a process that runs l's program, belongs to our user and display, and is
 * not part of an instance; *pidfd is open on it.  0: there is none, or we do
 * not look: we do so only with --adopt, or with a handler and a display, and
 * never with a key; -1: errno, not known. */
pid_t adopt_find(const struct launch *l, int *pidfd);

/* With the claim held.  With --adopt such a process gets the slot: 1, and
 * l->adopted is set; -1: a fault.  Otherwise a note only names it: 0. */
int adopt_begin(struct launch *l, struct fault *f);
void adopt_end(struct launch *l);

#endif
