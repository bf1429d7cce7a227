/*
 * handler.h: what receives an activation: --on-activate=CMD.
 */
#ifndef HANDLER_H
#define HANDLER_H

#include <stdbool.h>

struct client;
struct keeper;

/* Whether somebody has an activation, for which others wait. */
bool handler_busy(const struct keeper *k);

/* 0 or -1. */
int handler_start(struct keeper *k, struct client *cl);

/* Nobody waits any longer for the one that runs. */
void handler_pass(struct keeper *k);

/* What has taken too long; and when to look again, on clock_now, or 0. */
void handler_expire(struct keeper *k);
long long handler_due(const struct keeper *k);

/* Children that have ended. */
void handler_reap(struct keeper *k);

/* A client has gone: it may be the caller of one. */
void handler_orphan(struct keeper *k, const struct client *cl);

#endif
