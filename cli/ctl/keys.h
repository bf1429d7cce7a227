/*
 * keys.h: verbs of the directory of instances.
 */
#ifndef CTL_KEYS_H
#define CTL_KEYS_H

#include "cli/ctl/ctl.h"
#include "cli/fault.h"

int ctl_seal(struct ctl *c, struct fault *f);
int ctl_unseal(struct ctl *c, struct fault *f);
int ctl_is_sealed(struct ctl *c, struct fault *f);
int ctl_forget(struct ctl *c, struct fault *f);
int ctl_reset(struct ctl *c, struct fault *f);
int ctl_rekey(struct ctl *c, struct fault *f);

#endif
