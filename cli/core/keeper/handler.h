/*
 * handler.h: what receives an activation: --on-activate=CMD.
 */
#ifndef HANDLER_H
#define HANDLER_H

#include <stdbool.h>

struct client;
struct keeper;

/* Whether an activation is served, for which others wait. */
bool handler_busy(const struct keeper *k);

/* Tell the child that has taken the streams to run the handler. 0 or -1. */
int handler_start(struct keeper *k, struct client *cl);

/* Let no activation wait for the running handler any longer. */
void handler_pass(struct keeper *k);

/* Give up handlers that take too long; when next, on clock_now, 0: never. */
void handler_expire(struct keeper *k);
long long handler_due(const struct keeper *k);

/* Reap children that have ended. */
void handler_reap(struct keeper *k);

/* A client has gone: it may be the caller of a handler. */
void handler_orphan(struct keeper *k, const struct client *cl);

#endif
