/*
 * startup.h: startup notification.
 */
#ifndef RAISE_STARTUP_H
#define RAISE_STARTUP_H

#include "cli/windows/x11.h"

/* Complete the startup notification with this id: the busy cursor ends. */
void x11_startup_complete(struct x11 *x, const char *id);

/* Tell the window manager that we start something now.  id: of that start; also
 * an activation token if the manager is the Wayland compositor too (mutter). */
enum { STARTUP_OWN = 64 };
void x11_startup_begin(struct x11 *x, char id[STARTUP_OWN]);

#endif
