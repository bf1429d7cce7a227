/*
 * log.h: onlyonectl log: the history of an instance, from its keeper's memory,
 * and how earlier instances ended, from the records that their keepers left.
 
 */
#ifndef CTL_LOG_H
#define CTL_LOG_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_log;

#endif
