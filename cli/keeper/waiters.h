/*
 * waiters.h: who waits, shown and cancelled.
 */
#ifndef WAITERS_H
#define WAITERS_H

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* Both requests: say who waits; have one of them, or all, give up. */
void waiters_serve(struct keeper *k, struct client *cl,
    const struct frame *f);
void cancel_serve(struct keeper *k, struct client *cl, const struct frame *f);

#endif
