/*
 * owner_now.h: which process owns an instance at this moment.
 */
#ifndef CTL_OWNER_NOW_H
#define CTL_OWNER_NOW_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/base/fault.h"
#include "cli/core/meet/meet.h"

/* Results other than a pidfd: */
enum {
	OWNER_OVER = -1,  /* the instance has ended */
	OWNER_FAULT = -2, /* fault is set */
	OWNER_PASSED = -3 /* the recorded owner has ended; the next is not known
	                   * yet */
};

/* The owner as recorded now: a pidfd, which the caller closes, and *pid; or one
 * of the above. */
int settle_now(struct ctl *c, const struct found *found, pid_t *pid,
    struct fault *f);

/* Wait until it is settled which process is the owner: a pidfd and *pid,
 * OWNER_OVER, or OWNER_FAULT, also at the deadline (clock_now).  told: NULL, or
 * call settle_parent when the owner has ended and a parent holds the slot. */
int settle_owner(struct ctl *c, const struct found *found, long long deadline,
    pid_t *pid, bool *told, struct fault *f);

/* Send TERM to the instance's holding parent, once: then *told is set. */
void settle_parent(const struct found *found, bool *told);

/* No keeper listens on the socket: let a claim see whether an instance lives;
 * it removes a dead slot.  As meet_claim. */
enum met settle_claim(struct ctl *c, const struct found *found,
    struct fault *f);

#endif
