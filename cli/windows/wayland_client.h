/*
 * wayland_client.h: which processes are connected to the Wayland compositor.
 */
#ifndef WAYLAND_CLIENT_H
#define WAYLAND_CLIENT_H

#include "cli/windows/raise.h"

/* Whether a process of the instance is connected to the compositor at
 * $WAYLAND_DISPLAY, and so may have windows there. */
bool wayland_has(const struct instance *i, long long deadline);

#endif
