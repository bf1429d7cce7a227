/*
 * promote.h: give the slot to a launch; end the owner that a launch replaces.
 */
#ifndef PROMOTE_H
#define PROMOTE_H

#include "cli/core/wire/frame.h"

struct client;
struct keeper;

/* HANDING_OVER: offer the slot to the first in line, or release it. */
void promote_offer(struct keeper *k);

/* The request TAKE: a launch takes the offer. */
void promote_take(struct keeper *k, struct client *cl,
    const struct frame *f);

/* Remove used start-up tokens from our environment. */
void handler_env_clean(void);

/* If a replacing launch is first in line, do what is due: ask the owner's
 * windows to close, tell the owner to end, kill it.  When the next of these
 * steps is due, on clock_now; 0: none is. */
void promote_press(struct keeper *k);
long long promote_due(const struct keeper *k);

#endif
