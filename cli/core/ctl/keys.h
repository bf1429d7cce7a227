/*
 * keys.h: onlyonectl seal, unseal and is-sealed: which keys of an application
 * may run; forget and reset: free the slots of instances.
 
 */
#ifndef CTL_KEYS_H
#define CTL_KEYS_H

#include "cli/core/ctl/ctl.h"

verb_call ctl_seal, ctl_unseal, ctl_is_sealed, ctl_forget, ctl_reset;

#endif
