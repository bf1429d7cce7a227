/*
 * queue.h: the launches that wait for the slot, in their order.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>

#include "cli/base/fault.h"
#include "cli/core/wire/frame.h"

struct client;
struct keeper;

/* The request WAIT: get in line. */
void line_take(struct keeper *k, struct client *cl, const struct frame *f);

/* Tell each launch in line how many are before it, if it has not been told, or
 * if they have become more. */
void line_tell(struct keeper *k);

/* Tell all in line whether the owner asks its user something. */
void line_asks(struct keeper *k);

/* For a new keeper: launches that were in line connect again, one by one.  Do
 * not offer the slot as long as they come, for half a second at most. */
void line_collect(struct keeper *k);

/* The first launch in line, without one that has the offer; NULL: none. */
struct client *line_first(const struct keeper *k);

/* Whether a launch waits, or has the offer. */
bool line_waits(const struct keeper *k);

/* Reserve room for the record of a launch in line. 0, or -1 with a fault. */
int line_room(struct keeper *k, const struct client *cl,
    struct fault *f);

#endif
