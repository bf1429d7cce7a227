/*
 * wayland_client.h: which processes are connected to the Wayland compositor.
 */
#ifndef WINDOWS_WAYLAND_CLIENT_H
#define WINDOWS_WAYLAND_CLIENT_H

#include "cli/windows/raise.h"

/* The path of the compositor's socket, by $WAYLAND_DISPLAY.  false: none, or it
 * is too long. */
bool wayland_path(char *path, size_t cap);

/* Whether a process of the instance is connected to the compositor at
 * $WAYLAND_DISPLAY, and so may have windows there. */
bool wayland_has(const struct instance *i, long long deadline);

#endif
