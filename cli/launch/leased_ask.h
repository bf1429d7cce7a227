/*
 * leased_ask.h: the instance is another host's: it is joined, activated, or
 * asked to end.
 */
#ifndef LEASED_ASK_H
#define LEASED_ASK_H

#include "cli/launch/state.h"

/* All three: after a LEASED_BUSY.  Wait for its end: its exit status, or -1. */
int leased_join(struct launch *l, struct fault *f);

/* Hand the arguments over: the exit status that a launch there would have had,
 * or -1. */
int leased_hand(struct launch *l, struct fault *f);

/* Have it ended; then the key is about to be free.  0 or -1. */
int leased_ask_end(struct launch *l, struct fault *f);

#endif
