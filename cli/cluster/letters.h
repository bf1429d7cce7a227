/*
 * letters.h: what other hosts ask of an instance, by way of the store.
 */
#ifndef LETTERS_H
#define LETTERS_H

#include "cli/cluster/hold.h"

/* Listen for them; what to poll, and when to look in any case (clock_boot; 0:
 * need not be); whether something is done for one, whose end is to be looked
 * for. */
void letters_begin(struct hold *h);
int letters_fd(const struct hold *h);
long long letters_due(const struct hold *h);
bool letters_busy(void);

/* Take what has come; heard: there is something at fd. */
void letters_look(struct hold *h, bool heard);

/* It has ended: those who wait for that are told, those included whose letters
 * have come just now, and nothing else is done any more. */
void letters_answer(struct hold *h, long long deadline);
void letters_end(struct hold *h);

#endif
