/*
 * tell.h: requests to the keeper of an instance; a missing keeper is revived.
 */
#ifndef CTL_TELL_H
#define CTL_TELL_H

#include <stddef.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/base/fault.h"
#include "cli/base/text.h"
#include "cli/core/wire/frame.h"

/* Send a request of this type.  0 and c->reply; 1: the instance has ended; -1:
 * fault. */
int tell(struct ctl *c, const struct found *found, enum frame_type type,
    struct fault *f);

/* 0 if the reply is DONE or ENDED, else -1 and the keeper's reason. */
int tell_reply(struct ctl *c, const struct found *found, struct fault *f);

/* Send a request without further fields, and take the status in the reply, or
 * -1: in two steps, so that several keepers work at the same time.  If
 * tell_begin cannot send the request, tell_end sends it. */
struct telling {
	int sock; /* -1: the request has not been sent */
	long long until; /* for the answer, clock_now */
};
void tell_begin(struct ctl *c, const struct found *found,
    enum frame_type type, struct telling *t);
int tell_end(struct ctl *c, const struct found *found, enum frame_type type,
    struct telling *t);

/* What came of asking the instance's windows to close (enum closed); -1:
 * unknown.  Asks them, if that was not done yet.  t gets the title of the
 * window that asks a question; "": it has none. */
int tell_closing(struct ctl *c, const struct found *found, struct text *t);

/* Tell the keeper to free the slot; the program goes on.  0 or -1. */
int tell_forget(struct ctl *c, const struct found *found, struct fault *f);

#endif
