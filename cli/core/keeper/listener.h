/*
 * listener.h: a handler that stays: a user's loop, by onlyonectl listen.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/wire/frame.h"

struct client;
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
 * one; stop when the time is up. */
void listener_await(struct keeper *k);
void listener_expire(struct keeper *k);

#endif
