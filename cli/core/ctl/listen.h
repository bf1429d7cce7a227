/*
 * listen.h: onlyonectl listen prints the activations of an instance for a loop;
 * onlyonectl done gives the keeper the status of one.
 */
#ifndef CTL_LISTEN_H
#define CTL_LISTEN_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_listen, ctl_done;

#endif
