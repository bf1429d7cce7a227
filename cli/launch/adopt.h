/*
 * adopt.h: a program that runs already, and was started without us.
 */
#ifndef ADOPT_H
#define ADOPT_H

#include <sys/types.h>

#include <stdbool.h>

struct launch;

/* Of the program that l would start: the process that runs it, of our user and
 * display, which is no part of any instance.  0: there is none, or none is
 * looked for, which is done with --adopt, or with a handler and a display, and
 * without a key.  *pidfd is open on it. */
pid_t adopt_find(const struct launch *l, int *pidfd);

/* The claim is ours: such a process gets the slot (l->held), if that was asked
 * for; else it is said that there is one.  false: there is none to take. */
bool adopt_begin(struct launch *l);
void adopt_end(struct launch *l);

#endif
