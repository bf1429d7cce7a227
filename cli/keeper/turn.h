/*
 * turn.h: activations, one after the other, in order of arrival.
 */
#ifndef TURN_H
#define TURN_H

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* The request: it gets its turn at the end of the round. */
void turn_take(struct keeper *k, struct client *cl, const struct frame *f);

/* Whose turn is it? */
void turn_serve(struct keeper *k);

/* When one that keeps silent is not waited for any more, on clock_now; 0:
 * nobody does. */
long long turn_due(const struct keeper *k);

#endif
