/*
 * sealed.h: the applications that are sealed, whether or not they run.
 */
#ifndef CTL_SEALED_H
#define CTL_SEALED_H

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/fault.h"

/* onlyonectl list --sealed: those that the operand means, else all, and the
 * keys that may run.  0 or -1. */
int sealed_list(struct ctl *c, struct fault *f);

/* Note those of them that have no instance in fs. */
void sealed_tell(struct ctl *c, const struct founds *fs);

#endif
