/*
 * succession.h: find the next owner of the slot when its owner has ended.
 */
#ifndef SUCCESSION_H
#define SUCCESSION_H

struct keeper;

/* If the owner has ended, set its successor, or end the instance (tenure.h). */
void succession_check(struct keeper *k);

/* When to look again, on clock_now; 0: an event will tell. */
long long succession_due(const struct keeper *k);

#endif
