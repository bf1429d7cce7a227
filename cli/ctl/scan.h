/*
 * scan.h: the instances that there are, folder by folder.
 */
#ifndef CTL_SCAN_H
#define CTL_SCAN_H

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/found.h"
#include "cli/ctl/wanted.h"
#include "cli/fault.h"

/* All that live, or with dead also others whose info can be read; with w not
 * NULL only those that it means are asked whether they live, and found.  0 or
 * -1; a root that does not exist has none.  What could not be read is in
 * c->search. */
int scan(struct ctl *c, bool dead, struct wanted *w, struct founds *fs,
    struct fault *f);

#endif
