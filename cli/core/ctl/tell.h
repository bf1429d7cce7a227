/*
 * tell.h: requests to the keeper of an instance; a missing keeper is revived.
 */
#ifndef CTL_TELL_H
#define CTL_TELL_H

#include <stdbool.h>

#include "cli/core/wire/frame.h"

struct ctl;
struct fault;
struct found;

/* Send a request of this type.  0 and c->reply; 1: the instance has ended; -1:
 * fault. */
int tell_keeper(struct ctl *c, const struct found *found, enum frame_type type,
    struct fault *f);

/* 0 if the reply is DONE or ENDED; else -1 with the keeper's reason. */
int tell_reply(struct ctl *c, const struct found *found, struct fault *f);

/* Ask the instance's windows to close.  Whether there were some, if its keeper
 * answers in time.  There are two steps, so that several keepers work at the
 * same time; tell_closes sends the request if it was not sent before. */
struct telling {
	int sock; /* -1: the request has not been sent */
	long long until; /* for the answer, clock_now */
};
void tell_close(const struct found *found, struct telling *t);
bool tell_closes(struct ctl *c, const struct found *found, struct telling *t);

/* Tell the keeper to free the slot; the program keeps running. 0 or -1. */
int tell_forget(struct ctl *c, const struct found *found, struct fault *f);

#endif
