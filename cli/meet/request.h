/*
 * request.h: something is asked of an instance's keeper, whoever that is by
 * the time it answers.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include "cli/buf.h"
#include "cli/meet/place.h"
#include "cli/wire/frame.h"

/* Send a request, which is put together, to the keeper at p, reviving that if
 * need be.  0 and the reply, which points into b; 1: nobody lives there; -1:
 * fault. */
int request_put(struct place *p, const struct buf *request, struct buf *b,
    struct frame *reply, struct fault *f);

#endif
