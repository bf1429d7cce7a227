/*
 * lent.h: a lock file that the program has, and its keeper has not.
 */
#ifndef LENT_H
#define LENT_H

struct keeper;

/* Once in each round: we share it exactly as long as somebody waits, so that
 * it goes to him without a moment between. */
void lent_round(struct keeper *k);

/* The instance is over, or forgotten: have it back, to let go of it, from
 * whoever has it: a program that goes on, a leftover copy. */
void lent_back(struct keeper *k);

#endif
