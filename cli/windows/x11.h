/*
 * x11.h: a connection to an X server.
 *
 * No call of xcb takes a time limit.  So each public function arms a timer
 * whose signal shuts the connection's socket: the call that xcb is in then
 * fails, and the connection is of no further use.  For an event that may never
 * come, which is no failure, we wait with shorter limits of our own.
 */
#ifndef X11_H
#define X11_H

#include <signal.h>
#include <time.h>
#include <xcb/xcb.h>

#include "cli/base/buf.h"

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
	NET_WM_STATE_DEMANDS_ATTENTION,
	NET_WM_STATE_HIDDEN,
	NET_WM_STATE_SHADED,
	NET_WM_WINDOW_TYPE,
	NET_WM_WINDOW_TYPE_DESKTOP,
	NET_WM_WINDOW_TYPE_DIALOG,
	NET_WM_WINDOW_TYPE_DOCK,
	ONLYONE_TIME,
	WM_CHANGE_STATE,
	WM_DELETE_WINDOW,
	WM_PROTOCOLS,
	WM_STATE,
	WM_TAKE_FOCUS,
	ATOMS
};

/* Shuts the socket fd when time is up. */
struct watch {
	timer_t timer;
	int fd;
	long long when; /* clock_now */
};

struct x11 {
	xcb_connection_t *c;
	xcb_window_t root, own; /* own: never mapped */
	xcb_atom_t atoms[ATOMS];
	struct watch watch;
	bool managed;         /* at the last x11_list a manager spoke EWMH */
	bool changed;         /* since then there may be a new window */
	xcb_timestamp_t time; /* the newest that the server told us */
	xcb_timestamp_t ping; /* sent to pinged; 0: its pong has come */
	xcb_window_t pinged;
};

/* Connect to $DISPLAY, by the deadline (clock_now).  NULL: no server answers
 * there, or it does not let us in. */
struct x11 *x11_open(long long deadline);
void x11_close(struct x11 *x);

/* Wait for a change that may be a new window, at most until a moment
 * (clock_now).  false: time is up, or the server is gone. */
bool x11_wait(struct x11 *x, long long until);

/* Arm the timer, for a little after the deadline; disarm it. */
void x11_watch(struct x11 *x, long long deadline);
void x11_unwatch(struct x11 *x);

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

/* Tell the window manager that we start something now.  id: of that start; also
 * an activation token if the manager is the Wayland compositor too (mutter). */
enum { STARTUP_OWN = 64 };
void x11_startup_begin(struct x11 *x, char id[STARTUP_OWN]);

#endif
