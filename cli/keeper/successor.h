/*
 * successor.h: a handler that goes on as the instance.
 */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <sys/types.h>

struct keeper;

/* The owner has ended, and nobody is its heir: the process of a handler that is
 * the program itself, and is nobody's handler from now on.  *pidfd becomes the
 * caller's.  0: there is none. */
pid_t successor_find(struct keeper *k, int *pidfd);

#endif
