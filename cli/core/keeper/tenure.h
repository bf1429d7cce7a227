/*
 * tenure.h: how an instance begins, goes on as another process, and ends.
 */
#ifndef TENURE_H
#define TENURE_H

struct keeper;

void tenure_begin(struct keeper *k); /* of a promoted instance */
void tenure_title(const struct keeper *k); /* our title names the owner */

/* Open the recorded holding parent, if one lives. */
void tenure_parent(struct keeper *k);

/* Check the owner again after a while, if it may be no successor. */
void tenure_trial(struct keeper *k);

/* The instance is to end: so is, once its owner has ended, what its holding
 * parent waits for. */
void tenure_ending(struct keeper *k);

/* If the owner has ended, set its successor, or end the instance.  When to look
 * again, on clock_now; 0: an event will tell. */
void tenure_check(struct keeper *k);
long long tenure_due(const struct keeper *k);

/* In each round: have a lock file that only the program has open exactly as
 * long as a launch waits, so that the launch gets it without a moment in which
 * it is free. */
void tenure_lockfile(struct keeper *k);

/* Answer the clients of the instance that is over. */
void tenure_tell(struct keeper *k);

/* Release the slot, even if its program lives (VACANT). */
void tenure_release(struct keeper *k);

#endif
