/*
 * taker.h: the child that takes the descriptors which come with an activation,
 * and becomes its handler.
 *
 * A process that receives a descriptor has to close it some day, and close(2)
 * may never return: a connection that lingers (SO_LINGER), a file whose server
 * is away.  So a keeper receives none.  A child does, and the keeper does not
 * wait for it: the child reports when it has the descriptors and has done
 * everything that may block.
 */
#ifndef KEEPER_TAKER_H
#define KEEPER_TAKER_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* Fork the child that takes the streams of an activation and becomes its
 * handler, if told to.  ANSWERED to TAKING, then READY.  False: out of
 * descriptors until another client's child is done. */
bool taker_streams(struct keeper *k, struct client *cl);

/* A client's child has reported, or exited.  False: it says that the program takes
 * no such arguments. */
bool taker_heard(struct keeper *k, struct client *cl);

/* The child takes too long: refuse the client. */
void taker_late(struct keeper *k, struct client *cl);

/* Tell the child to become the handler.  Its pid, which the caller then owns;
 * -1: it has exited. */
pid_t taker_go(struct client *cl);

#endif
