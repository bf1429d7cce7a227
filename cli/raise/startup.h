/*
 * startup.h: startup notification.
 */
#ifndef RAISE_STARTUP_H
#define RAISE_STARTUP_H

#include "cli/raise/x11.h"

/* Startup notification of this id is complete: no busy cursor. */
void x11_startup_complete(struct x11 *x, const char *id);

#endif
