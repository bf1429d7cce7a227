/*
 * enable.h: onlyonectl enable and disable: make and remove rules.
 */
#ifndef CTL_ENABLE_H
#define CTL_ENABLE_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_enable, ctl_disable;

#endif
