/*
 * record.h: the record of the instance that a launch is about to start.
 */
#ifndef RECORD_H
#define RECORD_H

#include "cli/launch/state.h"
#include "cli/wire/frame.h"

/* Whether the launch holds the slot when the program has ended. */
bool record_guards(const struct launch *l);

/* What is recorded of process pid, which claim.pidfd is open on, in claim.info;
 * cwd has PATH_MAX bytes and must stay.  0, or -1 with errno. */
int record_fill(struct launch *l, pid_t pid, char *cwd);

/* The whole record in the claim, with a pidfd of its own for that.  since: of
 * an instance that goes on; 0: of one that begins.  0, or -1 with errno. */
int record_make(struct launch *l, pid_t pid, long long since);

/* The same in a request, TAKE or RENEW.  0 or -1. */
int record_put(struct launch *l, enum frame_type type, pid_t pid,
    long long since, bool image, struct buf *b);

#endif
