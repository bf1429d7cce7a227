/*
 * reply.h: the keeper's replies.
 *
 * Nothing here waits: a client whose socket has no room for the reply is
 * dropped.  A reply to a dropped client is discarded.  Each bool: whether the
 * reply was sent.
 */
#ifndef KEEPER_REPLY_H
#define KEEPER_REPLY_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/wire/frame.h"

struct client;
struct keeper;

/* Send a frame without fields; fd goes along if it is not -1. */
bool reply_file(struct keeper *k, struct client *cl, enum frame_type type,
    int fd);

/* GO, with the lock file fd (-1: none); then close the connection.  Whether it
 * could be sent. */
bool reply_go(struct keeper *k, struct client *cl, int fd);

/* NEED: it is the client's turn, send the streams. */
void reply_need(struct keeper *k, struct client *cl);

/* ACCEPTED: it waits for its turn or the slot, `ahead` others are before it. */
void reply_accepted(struct keeper *k, struct client *cl, long long ahead);

/* ACCEPTED, unshown=1: done, but there is no window yet. */
void reply_unshown(struct keeper *k, struct client *cl);

/* DELIVERED: to a handler, or to a listener (or NULL), which may give it
 * back. */
bool reply_delivered(struct keeper *k, struct client *cl,
    const struct client *listener);

/* STATE: what list and status show; the client may ask again. */
void reply_state(struct keeper *k, struct client *cl);

/* After these replies the client is dropped. */
void reply_last(struct keeper *k, struct client *cl, enum frame_type type);

/* AGAIN, but not at once: there are as many clients as there may be. */
void reply_crowded(struct keeper *k, struct client *cl);

/* AGAIN, and not in our root, which is full. */
void reply_elsewhere(struct keeper *k, struct client *cl);
void reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why);
/* The instance hides itself: nobody can end it. */
void reply_nameless(struct keeper *k, struct client *cl);
/* The same as reply_refuse, with a whole sentence, and what to type instead. */
void reply_hint(struct keeper *k, struct client *cl, int status,
    const char *why, const char *hint);
/* The queue is full: these pids wait in it, n in all. */
void reply_full(struct keeper *k, struct client *cl, const pid_t *pids,
    size_t n);
/* Nothing is running, and the next launch waits for its lock file. */
void reply_locked(struct keeper *k, struct client *cl);
/* Whether the instance itself asks, which has executed onlyone again: it is refused.
 * would: what it would do.  Its own record tells it so before, unless that was
 * removed, or its environment. */
bool reply_itself(struct keeper *k, struct client *cl, const char *would);
void reply_own(struct keeper *k, struct client *cl, pid_t handler);
void reply_events(struct keeper *k, struct client *cl);
void reply_covered(struct keeper *k, struct client *cl, pid_t by);
void reply_done(struct keeper *k, struct client *cl, int status);

/* DONE, after an activation; the client is dropped, or stays (until=1). */
void reply_outcome(struct keeper *k, struct client *cl, int status,
    bool taken);

/* To all clients whose stage has it as the last reply: ENDED, with the owner's
 * status if it is known; AGAIN.  They are dropped. */
void reply_ended(struct keeper *k);
void reply_again(struct keeper *k);

#endif
