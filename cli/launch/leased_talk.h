/*
 * leased_talk.h: a launch and its onlyone-cluster: begun, and heard (talk.h).
 */
#ifndef LEASED_TALK_H
#define LEASED_TALK_H

#include "cli/fields.h"
#include "cli/launch/state.h"
#include "cli/wire/frame.h"

/* Start it, and tell it what is wanted.  0 or -1. */
int leased_begin(struct launch *l, struct fault *f);

/* The next thing it says, within ms (-1: for ever), until the call after.  0,
 * or -1: it has gone. */
int leased_reply(struct launch *l, struct frame *reply, int ms,
    struct fault *f);

/* It has gone; it has failed, with these fields.  -1. */
int leased_gone(struct launch *l, struct fault *f);
int leased_failed(struct launch *l, const struct fields *b, struct fault *f);

/* The fields of what was heard last. */
struct fields leased_last(const struct launch *l);

#endif
