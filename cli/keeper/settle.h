/*
 * settle.h: who owns the slot when its owner has ended.
 */
#ifndef SETTLE_H
#define SETTLE_H

struct keeper;

/* Has the owner ended?  Then its heir is settled, or it is over (tenure.h). */
void settle_check(struct keeper *k);

/* When to look again, on clock_now; 0: when we are told. */
long long settle_due(const struct keeper *k);

#endif
