/*
 * hold.h: onlyonectl hold, release and adopt: make a running process the
 * instance.
 */
#ifndef CTL_HOLD_H
#define CTL_HOLD_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_hold, ctl_adopt, ctl_release;

#endif
