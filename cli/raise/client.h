/*
 * client.h: clients of a Wayland compositor.
 */
#ifndef RAISE_CLIENT_H
#define RAISE_CLIENT_H

#include "cli/raise/raise.h"

/* Whether a process of the instance is connected to the compositor at
 * $WAYLAND_DISPLAY, and so may have windows there. */
bool wayland_has(const struct instance *i, long long deadline);

#endif
