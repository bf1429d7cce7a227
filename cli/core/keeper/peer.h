/*
 * peer.h: whether the peer of a connection is of our own world.
 */
#ifndef PEER_H
#define PEER_H

#include <stdbool.h>

struct client;

/* Looked up once, then kept in cl->peer.  Only such peers may send requests
 * that are not for ALL (request.c). */
bool peer_ours(struct client *cl);

/* Whether NAME=VALUE of the client's environment is accepted (carried.h). */
bool peer_env(struct client *cl, const char *entry);

#endif
