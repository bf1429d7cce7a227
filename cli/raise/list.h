/*
 * list.h: all windows of an X server.
 */
#ifndef RAISE_LIST_H
#define RAISE_LIST_H

#include "cli/raise/x11.h"

/* All windows, xcb_window_t, the topmost last.  Their number. */
size_t x11_list(struct x11 *x, struct buf *all);

#endif
