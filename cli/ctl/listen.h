/*
 * listen.h: the activations of an instance, for a loop.
 */
#ifndef CTL_LISTEN_H
#define CTL_LISTEN_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_listen(struct ctl *c, struct fault *f);
int ctl_done(struct ctl *c, struct fault *f);

#endif
