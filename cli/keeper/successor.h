/*
 * successor.h: a handler that goes on as the instance.
 */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <sys/types.h>

struct handler;
struct keeper;

/* The owner has ended, and nobody is its heir: the process of handler *h that
 * is the program itself.  *pidfd becomes the caller's.  0: there is none; -1:
 * that cannot be told now. */
pid_t successor_find(struct keeper *k, struct handler **h, int *pidfd);

/* It is nobody's handler from now on. */
void successor_take(struct keeper *k, struct handler *h);

#endif
