/*
 * request.h: what a client asks for, and who serves that.
 */
#ifndef REQUEST_H
#define REQUEST_H

struct client;
struct keeper;

/* Take the frames that are whole by now. */
void request_take(struct keeper *k, struct client *cl);

#endif
