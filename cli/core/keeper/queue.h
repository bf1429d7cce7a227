/*
 * queue.h: the launches that wait for the slot, in order.
 */
#ifndef KEEPER_QUEUE_H
#define KEEPER_QUEUE_H

struct client;
struct fault;
struct frame;
struct keeper;

/* The request WAIT: get in line. */
void line_take(struct keeper *k, struct client *cl, const struct frame *f);

/* Tell each launch in line how many are before it, if it does not know, or if
 * there are more now. */
void line_tell(struct keeper *k);

/* For a new keeper: launches that were in line reconnect, one by one.  Do not
 * offer the slot while they come, for at most half a second. */
void line_collect(struct keeper *k);

/* The first launch in line, without one that has the offer; NULL: none. */
struct client *line_first(const struct keeper *k);

/* Reserve room for the record of a launch in line, or see that another default
 * root has some.  0; -1 with a fault; 1: the folder was swept away, and is made
 * again first (heal_files). */
int line_room(struct keeper *k, const struct client *cl,
    struct fault *f);

/* The next owner is another process, even with the same pid: no step was taken
 * for it yet. */
void line_anew(struct keeper *k);

#endif
