/*
 * letters.h: what other hosts ask of an instance, by way of the store.
 */
#ifndef LETTERS_H
#define LETTERS_H

#include "cli/cluster/hold.h"

/* Listen for them; what to poll, and when to look in any case (clock_boot; 0:
 * need not be); take what has come. */
void letters_begin(struct hold *h);
int letters_fd(const struct hold *h);
long long letters_due(const struct hold *h);
void letters_heard(struct hold *h);

/* Those who wait for its end are told, by the deadline. */
void letters_end(struct hold *h, long long deadline);

#endif
