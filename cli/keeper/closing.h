/*
 * closing.h: ask the windows of the instance to close.
 */
#ifndef CLOSING_H
#define CLOSING_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/wire/frame.h"

struct client;
struct keeper;

/* Begin, unless that is under way, or its user has been asked something; what
 * came of it is k->closing.status.  false: that cannot be done. */
bool closing_start(struct keeper *k);

/* For a client, which is told what came of it; or, if it asks for that only
 * (look=1), what is known by now. */
void closing_serve(struct keeper *k, struct client *cl,
    const struct frame *f);

bool closing_reap(struct keeper *k, pid_t pid, int status); /* was it ours? */
void closing_end(struct keeper *k); /* the instance is over */

#endif
