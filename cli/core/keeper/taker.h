/*
 * taker.h: the child that takes the descriptors which come with an activation,
 * and becomes its handler.
 *
 * A process that receives a descriptor has to close it some day, and close(2)
 * may never return: a connection that lingers (SO_LINGER), a file whose server
 * is away.  So a keeper receives none.  A child does, and the keeper does not
 * wait for it: the child reports when it has the descriptors and is done with
 * all that may block.
 */
#ifndef TAKER_H
#define TAKER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>

struct client;
struct keeper;

/* Whether there is a handler for what this client hands over. */
bool handler_has(const struct keeper *k, const struct client *cl);

/* Fork the child that takes the streams of an activation and becomes its
 * handler, if told to.  ANSWERED to TAKING, then READY.  False: we lack
 * descriptors until another client's child is done. */
bool taker_streams(struct keeper *k, struct client *cl);

/* A client's child has reported, or ended. */
void taker_heard(struct keeper *k, struct client *cl);

/* The child takes too long: refuse the client. */
void taker_late(struct keeper *k, struct client *cl);

/* Tell the child to become the handler.  Its pid, which is the caller's then;
 * -1: it has ended. */
pid_t taker_go(struct client *cl);

#endif
