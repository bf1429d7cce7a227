/*
 * reply.h: what a keeper answers.
 *
 * Nothing here waits: a client that does not read what fits into its socket's
 * buffer is dropped.  A word to one that is dropped goes nowhere.  Those that
 * return something: whether it was sent.
 */
#ifndef REPLY_H
#define REPLY_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* A frame without fields; with a descriptor beside it, if that is not -1. */
bool reply_bare(struct keeper *k, struct client *cl, enum frame_type type);
bool reply_file(struct keeper *k, struct client *cl, enum frame_type type,
    int fd);

/* It waits, so many are before it: for its turn, or for the slot. */
void reply_accepted(struct keeper *k, struct client *cl, long long ahead);

/* Its handler begins; or a listener has it, which may give it back. */
bool reply_delivered(struct keeper *k, struct client *cl,
    const struct client *listener);

/* What list and status show; it may ask again. */
void reply_state(struct keeper *k, struct client *cl);

/* With these a client goes. */
void reply_last(struct keeper *k, struct client *cl, enum frame_type type);
void reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why);
void reply_own(struct keeper *k, struct client *cl, pid_t handler);
void reply_cancelled(struct keeper *k, struct client *cl, pid_t by);
void reply_waiters(struct keeper *k, struct client *cl,
    const struct buf *waiters);
void reply_events(struct keeper *k, struct client *cl,
    const struct buf *events);
void reply_covered(struct keeper *k, struct client *cl, pid_t by);
void reply_done(struct keeper *k, struct client *cl, int status);

/* So does an activation with this, unless it watches for the end. */
void reply_outcome(struct keeper *k, struct client *cl, int status,
    bool taken);

/* All who are at a stage whose last word is ENDED, with the status of the
 * owner if it is known; or AGAIN, but for one. */
void reply_ended(struct keeper *k);
void reply_again(struct keeper *k, const struct client *but);

#endif
