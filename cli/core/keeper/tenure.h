/*
 * tenure.h: how an instance starts, moves to another process, and ends.
 */
#ifndef KEEPER_TENURE_H
#define KEEPER_TENURE_H

struct keeper;

void tenure_begin(struct keeper *k); /* of a promoted instance */

/* Log the files of its rule that an instance lacks. */
void tenure_without(struct keeper *k);
void tenure_title(const struct keeper *k); /* our title names the owner */

/* Open the recorded holding parent, if it is alive. */
void tenure_parent(struct keeper *k);

/* Check the owner again after a while, if it may not be a successor. */
void tenure_trial(struct keeper *k);

/* The instance is to end: once its owner has exited, so is the tree that its
 * holding parent waits for. */
void tenure_ending(struct keeper *k);

/* If the owner has exited, set its successor, or end the instance.  When to
 * look again, on clock_now; 0: an event will tell. */
void tenure_check(struct keeper *k);
long long tenure_due(struct keeper *k);

/* In each round: if only the program has the lock file open, keep it open too
 * just while a launch waits, so that the file is never free before that launch
 * gets it. */
void tenure_lockfile(struct keeper *k);

/* Answer the clients of the instance that is over. */
void tenure_tell(struct keeper *k);

/* Release the slot, even if its program is alive (VACANT). */
void tenure_release(struct keeper *k);

#endif
