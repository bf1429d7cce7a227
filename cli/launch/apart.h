/*
 * apart.h: options with which a program is another instance.
 */
#ifndef APART_H
#define APART_H

struct launch;

/* By --on-activate=auto, where no key is given: the steps of one, of what the
 * program's row says of these arguments. */
void apart_steps(struct launch *l);

#endif
