/*
 * handler.h: the processes that receive activations.
 */
#ifndef KEEPER_HANDLER_H
#define KEEPER_HANDLER_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct handler;
struct keeper;

/* Whether an activation is being served, for which others wait. */
bool handler_busy(const struct keeper *k);

/* Set in the record who becomes the client's handler, if others have to wait
 * until it has exited: its attendant.  Nobody, if no descriptor is left to
 * identify it. */
void handler_note(struct keeper *k, const struct client *cl);

/* A new keeper begins: the handler of an earlier one, in the record, may still
 * run.  Others wait for its exit. */
void handler_await(struct keeper *k);

/* Tell the child that has taken the streams to run the handler.  0; -1: nothing
 * has run, and the client was answered. */
int handler_start(struct keeper *k, struct client *cl);

/* Let no activation wait for the running handler any longer. */
void handler_pass(struct keeper *k);

/* Give up on handlers that take too long; when next, on clock_now, 0: never. */
void handler_expire(struct keeper *k);
long long handler_due(struct keeper *k);

/* Reap children that have exited. */
void handler_reap(struct keeper *k);

/* A client has gone: it may be the caller of a handler. */
void handler_orphan(struct keeper *k, const struct client *cl);

/* The owner has exited without a successor: find the process of handler *h that
 * is the program itself; if an earlier keeper started the handler, *h is NULL.
 * *pidfd becomes the caller's.  0: there is none; -1: not known now. */
pid_t handler_find_instance(struct keeper *k, struct handler **h, int *pidfd);

#endif
