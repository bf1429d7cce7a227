/*
 * tenure.h: how an instance begins and ends, and the slot with the last one.
 */
#ifndef TENURE_H
#define TENURE_H

#include <stdbool.h>

struct keeper;

void tenure_begin(struct keeper *k); /* of a promoted instance */
void tenure_title(const struct keeper *k); /* our title names the owner */

/* Open the recorded holding parent; whether there is one that lives. */
void tenure_parent(struct keeper *k);
bool tenure_has_parent(const struct keeper *k);

/* A look has failed, or found nothing yet: look again (SEEKING_SUCCESSOR), soon
 * for the first TENURE_LOOKS, then at longer intervals. tenure_scarce: whether
 * this has gone on for so long that we give up. */
enum { TENURE_LOOKS = 10 };
void tenure_later(struct keeper *k);
bool tenure_scarce(const struct keeper *k);

/* The instance is to end, and its holding parent not to start it again. */
void tenure_ending(struct keeper *k);

/* The owner has ended without a successor: its holding parent has the slot
 * (RESTART_PAUSE), or the instance has ended for good (tenure_end). */
void tenure_over(struct keeper *k);

/* The instance has ended for good: the slot goes to a launch in line
 * (HANDING_OVER), or is released. */
void tenure_end(struct keeper *k);

/* Answer the clients of the instance that is over. */
void tenure_tell(struct keeper *k);

/* Release the slot, even if its program lives (VACANT). */
void tenure_release(struct keeper *k);

#endif
