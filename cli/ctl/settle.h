/*
 * settle.h: who owns an instance at this moment.
 */
#ifndef CTL_SETTLE_H
#define CTL_SETTLE_H

#include <sys/types.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"
#include "cli/meet/meet.h"

/* Beside a pidfd: */
enum {
	OWNER_OVER = -1,  /* the instance has ended */
	OWNER_FAULT = -2, /* fault */
	OWNER_PASSED = -3 /* the recorded process has ended: and now? */
};

/* The owner as recorded now: a pidfd, or one of the above. */
int settle_now(struct ctl *c, const struct found *found, pid_t *pid,
    struct fault *f);

/* The owner that there is, once that is settled: a pidfd, OWNER_OVER or
 * OWNER_FAULT, which it also is at the deadline (clock_now). */
int settle_owner(struct ctl *c, const struct found *found, long long deadline,
    pid_t *pid, struct fault *f);

/* Nobody is in its slot: has it got another key meanwhile?  Then, or if that
 * cannot be told, there is a fault. */
bool settle_moved(struct ctl *c, const struct found *found, struct fault *f);

/* Nobody is behind the socket: let a claim look who lives; it takes a dead slot
 * away.  As meet_claim. */
enum met settle_claim(struct ctl *c, const struct found *found,
    struct fault *f);

#endif
