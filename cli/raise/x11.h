/*
 * x11.h: what the files that speak X11 share.
 *
 * Nothing of xcb takes a time limit.  So each of our entries arms a timer
 * whose signal shuts the connection's socket: whatever xcb waits for then
 * fails, and the connection is of no use any more.  Waiting that may end in
 * vain, without harm, has limits of its own, shorter ones.
 */
#ifndef X11_H
#define X11_H

#include <xcb/xcb.h>

#include <signal.h>
#include <time.h>

#include "cli/buf.h"
#include "cli/raise/raise.h"

enum atom {
	NET_ACTIVE_WINDOW,
	NET_CLIENT_LIST,
	NET_CLIENT_LIST_STACKING,
	NET_CURRENT_DESKTOP,
	NET_STARTUP_INFO,
	NET_STARTUP_INFO_BEGIN,
	NET_SUPPORTING_WM_CHECK,
	NET_WM_DESKTOP,
	NET_WM_PID,
	NET_WM_PING,
	NET_WM_STATE,
	NET_WM_STATE_ABOVE,
	NET_WM_STATE_HIDDEN,
	NET_WM_STATE_MODAL,
	NET_WM_STATE_SHADED,
	NET_WM_WINDOW_TYPE,
	NET_WM_WINDOW_TYPE_DESKTOP,
	NET_WM_WINDOW_TYPE_DIALOG,
	NET_WM_WINDOW_TYPE_DOCK,
	ONLYONE_CLOSE,
	ONLYONE_TIME,
	WM_CHANGE_STATE,
	WM_DELETE_WINDOW,
	WM_PROTOCOLS,
	WM_STATE,
	WM_TAKE_FOCUS,
	ATOMS
};

struct x11 {
	xcb_connection_t *c;
	xcb_window_t root, own; /* own: never mapped */
	xcb_atom_t atoms[ATOMS];
	timer_t watch;
	bool managed;         /* as of the last x11_list: by EWMH */
	bool changed;         /* there may be another one since then */
	xcb_timestamp_t time; /* the newest that the server told us */
	xcb_timestamp_t ping; /* what pinged has to give back; 0: it has */
	xcb_window_t pinged;
};

/* Arm the watch, for a little after the deadline; take it away. */
void x11_watch(struct x11 *x, long long deadline);
void x11_unwatch(struct x11 *x);

/* Wait for an event until a moment, and note what it tells.  false: none. */
bool x11_event(struct x11 *x, long long until);

/* The server's time, now.  Requests before this have been served. */
xcb_timestamp_t x11_time(struct x11 *x);

/* Send a message about window w: to the root, for the window manager; to w. */
void x11_tell_root(struct x11 *x, xcb_window_t w, enum atom type,
    const uint32_t data[5]);
void x11_tell(struct x11 *x, xcb_window_t w, enum atom protocol,
    xcb_timestamp_t time);

/* property.c: ask for a property, of any type; take its 32-bit values into b,
 * in place of what that holds, or its bytes.  Their number; 0: none. */
xcb_get_property_cookie_t property_ask(struct x11 *x, xcb_window_t w,
    xcb_atom_t property);
size_t property_values(struct x11 *x, xcb_get_property_cookie_t asked,
    struct buf *b);
size_t property_bytes(struct x11 *x, xcb_get_property_cookie_t asked,
    struct buf *b);

/* The first value alone; none if there is none. */
uint32_t property_value(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t none);

/* Whether one of its values, atoms or windows, is this one. */
bool property_has(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t value);

/* list.c: all windows, xcb_window_t, the topmost last.  Their number. */
size_t x11_list(struct x11 *x, struct buf *all);

/* find.c: those of the instance that are nearest to it, at least that near
 * (KIN_NONE: also by their class), in the same order; what belongs to the
 * desktop is left out.  Their number. */
size_t x11_find(struct x11 *x, const struct instance *i, enum kin least,
    struct buf *found);

/* find.c: all of them that are of the instance's processes, and those that lie
 * over them (WM_TRANSIENT_FOR), whoever shows these.  Their number. */
size_t x11_find_all(struct x11 *x, const struct instance *i,
    struct buf *found);

/* focus.c: whether a window is among these; one of these is active; bring the
 * last one of them to the front, as x11_raise does. */
bool x11_contains(const struct buf *windows, xcb_window_t w);
bool x11_is_active(struct x11 *x, const struct buf *windows,
    long long deadline);
enum outcome x11_raise_these(struct x11 *x, const struct buf *windows,
    long long deadline);

/* find.c: a panel, or the desktop itself, which do not come to the front. */
bool x11_is_fixture(struct x11 *x, xcb_window_t w);

/* ping.c: whether a window's program answers; one that cannot tell does. */
bool x11_answers(struct x11 *x, xcb_window_t w, long long deadline);

#endif
