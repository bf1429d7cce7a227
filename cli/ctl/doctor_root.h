/*
 * doctor_root.h: whether the state root can be used.
 */
#ifndef CTL_DOCTOR_ROOT_H
#define CTL_DOCTOR_ROOT_H

#include <stdbool.h>

#include "cli/ctl/ctl.h"
#include "cli/ctl/report.h"

/* False: there is no looking into it. */
bool doctor_root(struct ctl *c, struct report *r);

#endif
