/*
 * x11.h: a connection to an X server.
 *
 * No call of xcb takes a time limit: if the server hangs, the alarm of main.c
 * ends the process.  For an event that may never come we wait with limits of
 * our own.
 */
#ifndef X11_H
#define X11_H

#include <xcb/xcb.h>

#include "cli/base/buf.h"

/* The names that we use, and as the server knows them. */
#define X11_ATOMS(X) \
	X(NET_ACTIVE_WINDOW, "_NET_ACTIVE_WINDOW") \
	X(NET_CLIENT_LIST, "_NET_CLIENT_LIST") \
	X(NET_CLIENT_LIST_STACKING, "_NET_CLIENT_LIST_STACKING") \
	X(NET_CURRENT_DESKTOP, "_NET_CURRENT_DESKTOP") \
	X(NET_STARTUP_INFO, "_NET_STARTUP_INFO") \
	X(NET_STARTUP_INFO_BEGIN, "_NET_STARTUP_INFO_BEGIN") \
	X(NET_SUPPORTING_WM_CHECK, "_NET_SUPPORTING_WM_CHECK") \
	X(NET_WM_DESKTOP, "_NET_WM_DESKTOP") \
	X(NET_WM_NAME, "_NET_WM_NAME") \
	X(NET_WM_PID, "_NET_WM_PID") \
	X(NET_WM_PING, "_NET_WM_PING") \
	X(NET_WM_STATE, "_NET_WM_STATE") \
	X(NET_WM_STATE_DEMANDS_ATTENTION, "_NET_WM_STATE_DEMANDS_ATTENTION") \
	X(NET_WM_STATE_MODAL, "_NET_WM_STATE_MODAL") \
	X(NET_WM_STATE_SHADED, "_NET_WM_STATE_SHADED") \
	X(NET_WM_WINDOW_TYPE, "_NET_WM_WINDOW_TYPE") \
	X(NET_WM_WINDOW_TYPE_DESKTOP, "_NET_WM_WINDOW_TYPE_DESKTOP") \
	X(NET_WM_WINDOW_TYPE_DIALOG, "_NET_WM_WINDOW_TYPE_DIALOG") \
	X(NET_WM_WINDOW_TYPE_DOCK, "_NET_WM_WINDOW_TYPE_DOCK") \
	X(ONLYONE_CLOSE, "_ONLYONE_CLOSE") \
	X(ONLYONE_TIME, "_ONLYONE_TIME") \
	X(WM_DELETE_WINDOW, "WM_DELETE_WINDOW") \
	X(WM_PROTOCOLS, "WM_PROTOCOLS") \
	X(WM_STATE, "WM_STATE")

#define X11_MEMBER(atom, name) atom,
#define X11_NAME(atom, name) name,

enum atom { X11_ATOMS(X11_MEMBER) ATOMS };

struct x11 {
	xcb_connection_t *c;
	xcb_window_t root, own; /* own: never mapped */
	xcb_atom_t atoms[ATOMS];
	bool managed;         /* at the last x11_list a manager spoke EWMH */
	bool changed;         /* since then there may be a new window */
	xcb_timestamp_t time; /* the newest that the server told us */
	xcb_timestamp_t ping; /* sent to pinged; 0: its pong has come */
	xcb_window_t pinged;
};

/* Connect to $DISPLAY.  NULL: no server answers there, or it does not let us
 * in. */
struct x11 *x11_open(void);
void x11_close(struct x11 *x);

/* Wait for a change that may be a new window, at most until a moment
 * (clock_now).  false: time is up, or the server is gone. */
bool x11_wait(struct x11 *x, long long until);

/* Wait for an event until a moment (clock_now), and note it.  false: none. */
bool x11_event(struct x11 *x, long long until);

/* The server's current time.  It has served all earlier requests then. */
xcb_timestamp_t x11_time(struct x11 *x);

/* Send a message about window w: to the root, for the window manager; to w
 * itself, one of WM_PROTOCOLS. */
void x11_tell_root(struct x11 *x, xcb_window_t w, enum atom type,
    const uint32_t data[5]);
void x11_tell(struct x11 *x, xcb_window_t w, enum atom protocol,
    xcb_timestamp_t time);

/* Ask for a property, of any type; take its 32-bit values, or its bytes, into
 * b, whose contents they replace.  Their number; 0: none. */
xcb_get_property_cookie_t property_ask(struct x11 *x, xcb_window_t w,
    xcb_atom_t property);
size_t property_values(struct x11 *x, xcb_get_property_cookie_t asked,
    struct buf *b);
size_t property_bytes(struct x11 *x, xcb_get_property_cookie_t asked,
    struct buf *b);

/* The property's first value; without a value, none. */
uint32_t property_value(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t none);

/* Whether one of the property's values, atoms or windows, is value. */
bool property_has(struct x11 *x, xcb_get_property_cookie_t asked,
    uint32_t value);

/* Complete the startup notification with this id: the busy cursor ends. */
void x11_startup_complete(struct x11 *x, const char *id);

#endif
