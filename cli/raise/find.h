/*
 * find.h: the instance's windows, among those of an X server.
 */
#ifndef RAISE_FIND_H
#define RAISE_FIND_H

#include "cli/raise/tree.h"
#include "cli/raise/x11.h"

/* Those of the instance that are nearest to it, at least that near
 * (KIN_NONE: also by their class), in the same order; what belongs to the
 * desktop is left out.  Their number. */
size_t x11_find(struct x11 *x, const struct instance *i, enum kin least,
    struct buf *found);

/* All of them that are of the instance's processes, and those that lie
 * over them (WM_TRANSIENT_FOR), whoever shows these.  Their number. */
size_t x11_find_all(struct x11 *x, const struct instance *i,
    struct buf *found);

/* A panel, or the desktop itself, which do not come to the front. */
bool x11_is_fixture(struct x11 *x, xcb_window_t w);

#endif
