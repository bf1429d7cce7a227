/*
 * promote.h: how the slot passes to one of those who wait, and how a guard
 * begins its program again.
 */
#ifndef PROMOTE_H
#define PROMOTE_H

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* PASSING: offer the slot to whose turn it is; nobody's: it goes. */
void promote_offer(struct keeper *k);

/* Requests: one takes the offer; a guard begins the next run. */
void promote_take(struct keeper *k, struct client *cl,
    const struct frame *f);
void promote_renew(struct keeper *k, struct client *cl,
    const struct frame *f);

#endif
