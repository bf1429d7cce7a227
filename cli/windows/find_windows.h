/*
 * find_windows.h: find the windows of an instance on an X server.
 */
#ifndef FIND_WINDOWS_H
#define FIND_WINDOWS_H

#include "cli/windows/tree.h"
#include "cli/windows/x11.h"

/* Find the windows whose processes are nearest to the instance, none farther
 * than least (KIN_NONE: also by WM_CLASS), the topmost last; no panels, and not
 * the desktop.  Their number. */
size_t x11_find(struct x11 *x, const struct instance *i, enum kin least,
    struct buf *found);

/* Find all windows of the instance's processes, and those that lie over them
 * (WM_TRANSIENT_FOR), whatever process shows these.  Their number. */
size_t x11_find_all(struct x11 *x, const struct instance *i,
    struct buf *found);

/* Whether a process of the instance is a client of the server; true also if the
 * server's pids are not ours. */
bool x11_connected(struct x11 *x, const struct instance *i);

/* All windows, xcb_window_t, the topmost last.  Their number. */
size_t x11_list(struct x11 *x, struct buf *all);

#endif
