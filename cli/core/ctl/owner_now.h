/*
 * owner_now.h: which process owns an instance right now.
 */
#ifndef CTL_OWNER_NOW_H
#define CTL_OWNER_NOW_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/meet/meet.h"

struct fault;
struct found;

/* Results other than a pidfd: */
enum {
	OWNER_OVER = -1,  /* the instance has ended */
	OWNER_FAULT = -2, /* fault is set */
	OWNER_PASSED = -3 /* the recorded owner has exited; the next is not
	                   * known yet */
};

/* The owner recorded now: a pidfd, which the caller closes, and *pid; or one of
 * the above. */
int settle_now(const struct found *found, pid_t *pid,
    struct fault *f);

/* Wait until it is settled which process is the owner: a pidfd and *pid,
 * OWNER_OVER, or OWNER_FAULT, also at the deadline (clock_now).  told: NULL, or
 * call settle_parent when the owner has exited and a parent holds the slot. */
int settle_owner(const struct found *found, long long deadline,
    pid_t *pid, bool *told, struct fault *f);

/* Its pid; as it passes from one process to the next, that is waited for.  0: *pid;
 * 1: it has ended; or -1, also if its pid cannot be seen from here. */
int settle_pid(const struct found *found, pid_t *pid, struct fault *f);

/* Send TERM to the instance's holding parent, once: then *told is set. */
void settle_parent(const struct found *found, bool *told);

/* No keeper listens on the socket: let a claim find out whether an instance is
 * alive; it removes a dead slot.  As meet_claim. */
enum met settle_claim(const struct found *found,
    struct fault *f);

#endif
