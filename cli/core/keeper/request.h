/*
 * request.h: read the requests of clients, and call what serves them.
 */
#ifndef REQUEST_H
#define REQUEST_H

struct client;
struct keeper;

/* Serve the frames that have come completely. */
void request_take(struct keeper *k, struct client *cl);

#endif
