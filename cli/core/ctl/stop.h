/*
 * stop.h: onlyonectl stop.
 */
#ifndef CTL_STOP_H
#define CTL_STOP_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_stop;

#endif
