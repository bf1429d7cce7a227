/*
 * born.h: what the caller of a launch gave it.
 */
#ifndef BORN_H
#define BORN_H

/* Plug descriptors 0 to 2 where they are closed, with what exec closes: ours
 * must not become the program's.  Bit i: descriptor i was closed. */
unsigned int born_closed(void);

#endif
