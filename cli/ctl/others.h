/*
 * others.h: root looks at, and steers, instances of other users.
 */
#ifndef CTL_OTHERS_H
#define CTL_OTHERS_H

#include "cli/ctl/ctl.h"
#include "cli/ctl/verbs.h"
#include "cli/fault.h"

/* The verb, with --user or --all-users. */
int others_run(struct ctl *c, const struct verb *v, struct fault *f);

#endif
