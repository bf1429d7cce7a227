/*
 * listener.h: a handler that stays: a loop, through onlyonectl listen.
 */
#ifndef LISTENER_H
#define LISTENER_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* Requests: be a listener; what came of a record. */
void listener_take(struct keeper *k, struct client *cl,
    const struct frame *f);
void listener_answer(struct keeper *k, struct client *cl,
    const struct frame *f);

/* Give it an activation, whose streams are here.  false: it has its answer, or
 * begins again with the next one. */
bool listener_give(struct keeper *k, struct client *to, struct client *cl);

/* What a listener has begins again; one has gone. */
void listener_back(struct keeper *k);
void listener_gone(struct keeper *k, const struct client *cl);

/* An instance begins, or its keeper: one on record may come (back); none does:
 * time is up? */
void listener_await(struct keeper *k);
void listener_expire(struct keeper *k);

/* Whether pid is of a listener's loop, and then whose. */
bool listener_above(const struct keeper *k, pid_t pid, pid_t *listener);

#endif
