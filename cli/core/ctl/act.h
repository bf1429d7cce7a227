/*
 * act.h: verbs that act on instances: signal, wait, activate.
 */
#ifndef CTL_ACT_H
#define CTL_ACT_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_signal, ctl_wait, ctl_activate;

#endif
