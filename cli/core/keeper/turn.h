/*
 * turn.h: activations, one after the other, in order of arrival.
 */
#ifndef TURN_H
#define TURN_H

#include "cli/core/wire/frame.h"

struct client;
struct keeper;

/* The request ACTIVATE: it gets its turn at the end of the round. */
void turn_take(struct keeper *k, struct client *cl, const struct frame *f);

/* Serve the activations whose turn it is. */
void turn_serve(struct keeper *k);

/* When turn_serve is due because a time is over (grace, a late launch, an
 * ending owner), on clock_now; 0: none is. */
long long turn_due(const struct keeper *k);

#endif
