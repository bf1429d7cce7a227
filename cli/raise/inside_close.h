/*
 * inside_close.h: our library in a program asks it to close its windows.
 */
#ifndef RAISE_INSIDE_CLOSE_H
#define RAISE_INSIDE_CLOSE_H

#include "cli/raise/raise.h"
#include "cli/raise/sight.h"

struct compositor;

/* By our library in the program, of its windows on whatever
 * compositor.  Ask: how many there are to ask; c (NULL: none) helps. */
int inside_ask_close(const struct instance *i, struct compositor *c,
    long long deadline);

/* Add to s what is seen.  Whether there is a page to look at. */
bool inside_sight(const struct instance *i, struct sight *s);

/* They stay, and nothing was asked. */
void inside_calm(const struct instance *i, long long deadline);

#endif
