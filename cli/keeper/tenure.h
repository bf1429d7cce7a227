/*
 * tenure.h: how an instance begins and ends, and the slot with the last one.
 */
#ifndef TENURE_H
#define TENURE_H

#include <stdbool.h>

struct keeper;

void tenure_begin(struct keeper *k); /* a new one, by promotion */
void tenure_title(const struct keeper *k); /* ours names the owner */

/* Open the guard of the record; whether there is one. */
void tenure_guard(struct keeper *k);
bool tenure_guarded(const struct keeper *k);

/* It is to end, and its guard not to begin it again. */
void tenure_ending(struct keeper *k);

/* The owner has ended, and nobody of its kind follows: its guard has the slot
 * (HELD), or it has ended for good. */
void tenure_over(struct keeper *k);

/* It has: whoever waits for the slot gets it (PASSING), or it goes. */
void tenure_end(struct keeper *k);

/* Tell those who came for the one that is over. */
void tenure_tell(struct keeper *k);

/* The slot goes, whoever lives (VACANT). */
void tenure_release(struct keeper *k);

#endif
