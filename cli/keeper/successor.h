/*
 * successor.h: a handler that goes on as the instance.
 */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <stdbool.h>

struct keeper;

/* The owner has ended, and nobody is its heir.  true: a handler was the program
 * itself, and is the owner now. */
bool successor_take(struct keeper *k);

#endif
