/*
 * tenure.h: from one owner to the next, or to the end of the slot.
 */
#ifndef TENURE_H
#define TENURE_H

struct keeper;

/* Has the owner ended?  Then its heir is settled, or the slot passes to whoever
 * waits for it (PASSING), or goes (VACANT). */
void tenure_check(struct keeper *k);

void tenure_trial(struct keeper *k);  /* a new owner: is it one? */
void tenure_tell(struct keeper *k);   /* it is over: who came for it */
void tenure_begin(struct keeper *k);  /* a new instance, by promotion */
void tenure_guard(struct keeper *k);  /* open the guard of the record */
void tenure_ending(struct keeper *k); /* it is not to begin again */
void tenure_release(struct keeper *k); /* the slot goes, whoever lives */
void tenure_title(const struct keeper *k); /* ours names the owner */

#endif
