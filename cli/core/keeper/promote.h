/*
 * promote.h: give the slot to a launch; end the owner that a launch replaces.
 */
#ifndef KEEPER_PROMOTE_H
#define KEEPER_PROMOTE_H

#include <stdbool.h>

struct client;
struct frame;
struct keeper;

/* HANDING_OVER: offer the slot to the first in line, or release it.  When to try
 * again, on clock_now; 0: an event will tell. */
void promote_offer(struct keeper *k);
long long promote_offer_due(struct keeper *k);

/* A client that gets in line, and is the instance: it was promoted, and lost its
 * keeper before it got GO.  It gets that now, and its lock file, which that keeper
 * had.  Whether it is such a client. */
bool promote_again(struct keeper *k, struct client *cl,
    const struct frame *f);

/* The request TAKE: a launch takes the offer. */
void promote_take(struct keeper *k, struct client *cl,
    const struct frame *f);

/* Remove used start-up tokens from our environment. */
void handler_env_clean(void);

/* If a replacing launch is first in line, do what is due: ask the owner's
 * windows to close, signal the owner, kill it.  When the next step is due, on
 * clock_now; 0: none is. */
void promote_press(struct keeper *k);
long long promote_due(struct keeper *k);

#endif
