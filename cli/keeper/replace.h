/*
 * replace.h: the owner is told to end for the one that replaces it.
 */
#ifndef REPLACE_H
#define REPLACE_H

struct keeper;

/* Whatever is due for the replacement that is first in line: its windows are
 * asked to close, it is told to end, and killed. */
void replace_press(struct keeper *k);

/* When that is due next, on clock_now; 0: nothing is. */
long long replace_due(const struct keeper *k);

#endif
