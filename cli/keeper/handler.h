/*
 * handler.h: what receives an activation: --on-activate=CMD.
 */
#ifndef HANDLER_H
#define HANDLER_H

#include <stdbool.h>

struct client;
struct keeper;

bool handler_busy(const struct keeper *k); /* somebody has an activation */
int handler_start(struct keeper *k, struct client *cl); /* 0 or -1 */
void handler_reap(struct keeper *k); /* children that have ended */
/* A client has gone: it may be its caller. */
void handler_orphan(struct keeper *k, const struct client *cl);
void handler_leave(struct keeper *k); /* stop waiting for it */

#endif
