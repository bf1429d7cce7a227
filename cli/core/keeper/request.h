/*
 * request.h: read clients' requests, and call the functions that serve them.
 */
#ifndef KEEPER_REQUEST_H
#define KEEPER_REQUEST_H

struct client;
struct keeper;

/* Serve the complete frames. */
void request_take(struct keeper *k, struct client *cl);

#endif
