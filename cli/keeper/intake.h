/*
 * intake.h: the bytes of a request, until it is whole.
 */
#ifndef INTAKE_H
#define INTAKE_H

#include <stdbool.h>

struct client;
struct keeper;

/* Read some, and take the request if it is whole then. */
void intake_read(struct keeper *k, struct client *cl);

/* Whether it is read now, or has to wait for room.  To be asked of all, the
 * oldest first, with k->clients.crowded false before. */
bool intake_open(struct keeper *k, struct client *cl);

/* Whether it keeps others waiting for room, and does not use its own. */
bool intake_stalls(const struct keeper *k, const struct client *cl);

#endif
