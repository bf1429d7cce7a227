/*
 * x11.h: a connection to an X server.
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

/* Connect to $DISPLAY, by the deadline (clock_now).  NULL: there is none, or
 * it does not let us in. */
struct x11 *x11_open(long long deadline);
void x11_close(struct x11 *x);

/* Wait until something has changed that may be a new window, until the moment
 * until (clock_now).  false: time is up, or the server is gone. */
bool x11_wait(struct x11 *x, long long until);

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

#endif
