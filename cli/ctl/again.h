/*
 * again.h: what would begin an instance again, and is not to.
 */
#ifndef CTL_AGAIN_H
#define CTL_AGAIN_H

#include <sys/types.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"

/* Its parent, if it has one (--restart, --lifetime=tree), is told that this is
 * the end.  Told again, nothing changes. */
void again_forbid(struct ctl *c, const struct found *found);

/* As settle_owner, for an instance of which that was said: until the deadline
 * (clock_now) it is said again to each keeper that it has. */
int again_owner(struct ctl *c, const struct found *found, long long deadline,
    pid_t *pid, struct fault *f);

#endif
