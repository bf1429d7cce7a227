/*
 * turn.h: serve activations one by one, in order of arrival.
 */
#ifndef KEEPER_TURN_H
#define KEEPER_TURN_H

struct client;
struct frame;
struct keeper;

/* The request ACTIVATE: it gets its turn at the end of the round. */
void turn_take(struct keeper *k, struct client *cl, const struct frame *f);

/* There is no handler for this activation: signal the instance, if its terms say
 * so, raise its window, and answer. */
void turn_signal(struct keeper *k, struct client *cl);

/* The next launch waits for its lock file: let no activation wait for that. */
void turn_refuse(struct keeper *k);

/* Serve the activations whose turn it is. */
void turn_serve(struct keeper *k);

/* When turn_serve is due by a timeout (grace, a late launch, an exiting owner),
 * on clock_now; 0: none is. */
long long turn_due(struct keeper *k);

#endif
