/*
 * others.h: root looks at, and steers, instances of other users.
 */
#ifndef CTL_OTHERS_H
#define CTL_OTHERS_H

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/verbs.h"
#include "cli/base/fault.h"

/* Run a verb with --user or --all-users: an exit status, or -1 with a fault. */
int others_run(struct ctl *c, const struct verb *v, struct fault *f);

#endif
