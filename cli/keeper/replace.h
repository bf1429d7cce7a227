/*
 * replace.h: the owner is told to end for the one that replaces it.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stdbool.h>

struct keeper;

/* Whatever is due for the replacement that is first in line: its windows are
 * asked to close, it is told to end, and killed. */
void replace_press(struct keeper *k);

/* PASSING: whether all that goes with the owner has ended too, or nobody
 * replaces it any more. */
bool replace_done(struct keeper *k);

/* When something of that is due next, on clock_now; 0: nothing is. */
long long replace_due(const struct keeper *k);

#endif
