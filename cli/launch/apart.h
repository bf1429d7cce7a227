/*
 * apart.h: options with which a program is another instance.
 */
#ifndef APART_H
#define APART_H

struct launch;

/* With --on-activate=auto and no key: the steps of the key that the program's
 * row makes of these arguments. */
void apart_steps(struct launch *l);

#endif
