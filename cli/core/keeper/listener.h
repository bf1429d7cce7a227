/*
 * listener.h: a handler that stays: the user's loop around onlyonectl listen.
 */
#ifndef KEEPER_LISTENER_H
#define KEEPER_LISTENER_H

#include <stdbool.h>

struct client;
struct frame;
struct keeper;

/* The requests LISTEN, to become a listener, and ANSWER, the result of a
 * record. */
void listener_take(struct keeper *k, struct client *cl,
    const struct frame *f);
void listener_answer(struct keeper *k, struct client *cl,
    const struct frame *f);

/* Give listener `to` an activation whose streams are here.  False: the client
 * was answered or dropped, or the next handler gets it. */
bool listener_give(struct keeper *k, struct client *to, struct client *cl);

/* Take back the activation that a listener has; a listener has gone. */
void listener_back(struct keeper *k);
void listener_gone(struct keeper *k, const struct client *cl);

/* For a new instance or keeper: wait a moment for a listener, if the record has
 * one.  When that is over, on clock_now; 0: we do not wait.  Stop then. */
void listener_await(struct keeper *k);
long long listener_due(struct keeper *k);
void listener_expire(struct keeper *k);

#endif
