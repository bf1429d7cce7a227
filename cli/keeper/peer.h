/*
 * peer.h: whether the process at the other end is of our own world.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

struct client;

/* Asked once, and then known: cl->peer.  A request of more than arguments is
 * for such ones only. */
bool peer_ours(struct client *cl);

/* Whether NAME=VALUE of its environment is taken (carried.h). */
bool peer_env(struct client *cl, const char *entry);

#endif
