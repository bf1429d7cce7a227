/*
 * tell.h: requests about an instance to its keeper.
 */
#ifndef CTL_TELL_H
#define CTL_TELL_H

#include <stddef.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"
#include "cli/wire/frame.h"

/* Send one; key: its parts, if any.  0 and the reply, which points into b; 1:
 * the instance is over; -1. */
int tell(struct ctl *c, const struct found *found, enum frame_type type,
    char *const key[], size_t nkey, struct buf *b, struct frame *reply,
    struct fault *f);

/* The same about a process. */
int tell_pid(struct ctl *c, const struct found *found, enum frame_type type,
    pid_t pid, struct buf *b, struct frame *reply, struct fault *f);

/* What it has answered means: 0 or -1. */
int tell_reply(const struct found *found, const struct frame *reply,
    struct fault *f);

/* Tell it something, as far as it listens: the status that it answers with, or
 * -1. */
int tell_status(struct ctl *c, const struct found *found,
    enum frame_type type);

/* The same in two steps, so that several are told before the first answer is
 * taken.  Where telling it is not simple it is left to the second step. */
struct telling {
	int sock; /* -1: it has not been told */
	long long until;
};
void tell_begin(struct ctl *c, const struct found *found,
    enum frame_type type, struct telling *t);
int tell_end(struct ctl *c, const struct found *found, enum frame_type type,
    struct telling *t);

/* What has come of asking its windows to close, an enum closed; -1: unknown.
 * Where nobody has asked them yet, that is done. */
int tell_closing(struct ctl *c, const struct found *found);

/* Tell it to give the slot up; the process goes on.  0 or -1. */
int tell_forget(struct ctl *c, const struct found *found, struct fault *f);

#endif
