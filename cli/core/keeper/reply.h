/*
 * reply.h: what a keeper answers.
 *
 * Nothing here waits: a client whose socket has no room for the reply is
 * dropped.  A reply to a dropped client is discarded.  A bool says whether the
 * reply was sent.
 */
#ifndef REPLY_H
#define REPLY_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/wire/frame.h"

struct client;
struct keeper;

/* Send a frame without fields; fd goes along if it is not -1. */
bool reply_bare(struct keeper *k, struct client *cl, enum frame_type type);
bool reply_file(struct keeper *k, struct client *cl, enum frame_type type,
    int fd);

/* GO, with the lock file fd (-1: none), and the end of the connection. */
void reply_go(struct keeper *k, struct client *cl, int fd);

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
void reply_refuse(struct keeper *k, struct client *cl, int status,
    const char *why);
/* The queue is full: these pids wait in it, n in all. */
void reply_full(struct keeper *k, struct client *cl, const pid_t *pids,
    size_t n);
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
