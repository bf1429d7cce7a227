/*
 * attendant.h: the child that asks one client for its streams, receives them, and
 * becomes its handler.  (The other kind of attendant waits for a window:
 * closing_check.c.)
 *
 * A process that receives a descriptor has to close it some day, and close(2)
 * may never return: a connection that lingers (SO_LINGER), a file whose server
 * is away.  So a keeper receives none.  An attendant does, and the keeper does
 * not wait for it: it reports when it has the descriptors and has done
 * everything that may block.
 */
#ifndef KEEPER_ATTENDANT_H
#define KEEPER_ATTENDANT_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* Fork the attendant of an activation: WAITING to ATTENDED.  False: out of
 * descriptors until another attendant is done. */
bool attendant_start(struct keeper *k, struct client *cl);

/* The attendant has the streams, and no time limit any more (ATTENDED). */
void attendant_ready(struct client *cl);

/* A client's attendant has reported, or exited.  False: it says that the
 * program takes no such arguments. */
bool attendant_heard(struct keeper *k, struct client *cl);

/* The attendant takes too long: refuse the client. */
void attendant_late(struct keeper *k, struct client *cl);

/* Tell the attendant to become the handler.  Its pid, which the caller then
 * owns; -1: it has exited. */
pid_t attendant_go(struct client *cl);

#endif
