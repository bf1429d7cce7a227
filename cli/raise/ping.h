/*
 * ping.h: whether a program is awake (_NET_WM_PING).
 */
#ifndef RAISE_PING_H
#define RAISE_PING_H

#include "cli/raise/x11.h"

/* Whether a window's program answers; one that cannot tell does. */
bool x11_answers(struct x11 *x, xcb_window_t w, long long deadline);

#endif
