/*
 * replace.h: end the owner for a launch that replaces it.
 */
#ifndef REPLACE_H
#define REPLACE_H

#include <stdbool.h>

struct keeper;

/* If a replacing launch is first in line, do what is due: ask the owner's
 * windows to close, tell the owner to end, kill it. */
void replace_press(struct keeper *k);

/* HANDING_OVER: whether all that ends with the owner has ended too, or no
 * launch replaces it any more. */
bool replace_done(struct keeper *k);

/* When the next of these steps is due, on clock_now; 0: none is. */
long long replace_due(const struct keeper *k);

#endif
