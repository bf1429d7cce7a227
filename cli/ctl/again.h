/*
 * again.h: whoever would start an instance again is told not to.
 */
#ifndef CTL_AGAIN_H
#define CTL_AGAIN_H

#include <sys/types.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"

/* Its parent, if it has one (--restart, --lifetime=tree), is told that this is
 * the end.  To tell it twice changes nothing. */
void again_forbid(struct ctl *c, const struct found *found);

/* As settle_owner, for an instance that was told so: until the deadline
 * (clock_now) each keeper that it gets is told too. */
int again_owner(struct ctl *c, const struct found *found, long long deadline,
    pid_t *pid, struct fault *f);

#endif
