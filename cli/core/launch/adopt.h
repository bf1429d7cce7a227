/*
 * adopt.h: find a program that runs already, started without onlyone.
 */
#ifndef ADOPT_H
#define ADOPT_H

#include <sys/types.h>

#include <stdbool.h>

struct launch;

/* Find a process that runs l's program, is of our user and display, and part of
 * no instance; *pidfd is open on it.  0: there is none, or we do not look: only
 * with --adopt, or with a handler and a display, and never with a key. */
pid_t adopt_find(const struct launch *l, int *pidfd);

/* With the claim held.  With --adopt such a process is to get the slot: true,
 * and l->adopted is set.  Without, a note only names it: false. */
bool adopt_begin(struct launch *l);
void adopt_end(struct launch *l);

#endif
