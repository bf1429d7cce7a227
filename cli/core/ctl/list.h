/*
 * list.h: onlyonectl list, status, pid and count: the instances, for people and
 * for programs.
 */
#ifndef CTL_LIST_H
#define CTL_LIST_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_list, ctl_status, ctl_pid, ctl_count;

#endif
