/*
 * focus.h: a window comes to the front.
 */
#ifndef RAISE_FOCUS_H
#define RAISE_FOCUS_H

#include "cli/raise/tree.h"
#include "cli/raise/x11.h"

/* Re-display the window of the instance that was used last, by the deadline;
 * none that is farther than least (KIN_NONE: also by its class).  RAISED,
 * NO_WINDOW, ASKED, NO_DISPLAY (the server is gone) or HUNG. */
enum outcome x11_raise(struct x11 *x, const struct instance *i,
    enum kin least, long long deadline);

/* The same with the window of this id, which is a terminal's (WINDOWID), or
 * with one of process pid itself: with that, if it is among them. */
enum outcome x11_raise_window(struct x11 *x, unsigned long window,
    long long deadline);
enum outcome x11_raise_process(struct x11 *x, pid_t pid, unsigned long window,
    long long deadline);

/* Whether a window is among these; one of these is active; bring the last one
 * of them to the front, as x11_raise does. */
bool x11_contains(const struct buf *windows, xcb_window_t w);
bool x11_is_active(struct x11 *x, const struct buf *windows,
    long long deadline);
enum outcome x11_raise_these(struct x11 *x, const struct buf *windows,
    long long deadline);

#endif
