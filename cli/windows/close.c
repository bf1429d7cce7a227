/*
 * close.c: ask X11 windows to close, as the user's click does.
 *
 * The program may ask about unsaved work, and stay.  A process that has only
 * the environment mark may be another program that the instance has started: we
 * do not close its windows.
 */
#include <string.h>

#include "cli/windows/close.h"
#include "cli/windows/find_windows.h"
#include "cli/windows/windows.h"
#include "cli/windows/tree.h"
#include "cli/windows/x11.h"

static bool
is_dialog(struct x11 *x, xcb_window_t w)
{
	return property_has(x, property_ask(x, w,
	    x->atoms[NET_WM_WINDOW_TYPE]),
	    x->atoms[NET_WM_WINDOW_TYPE_DIALOG]) ||
	    property_value(x, property_ask(x, w, XCB_ATOM_WM_TRANSIENT_FOR),
	    XCB_NONE);
}

/* Ask the dialogs among these windows, or the others.  Their number. */
static int
windows_ask(struct x11 *x, const struct buf *all, bool dialogs,
    xcb_timestamp_t time)
{
	xcb_window_t w;
	int asked = 0;

	for (size_t k = 0; k < all->len / sizeof(w); k++) {
		memcpy(&w, all->at + k * sizeof(w), sizeof(w));
		if (is_dialog(x, w) != dialogs || !property_has(x,
		    property_ask(x, w, x->atoms[WM_PROTOCOLS]),
		    x->atoms[WM_DELETE_WINDOW]))
			continue;
		x11_tell(x, w, WM_DELETE_WINDOW, time);
		asked++;
	}
	return asked;
}

int
x11_ask_close(struct x11 *x, const struct instance *i)
{
	xcb_timestamp_t time;
	struct buf found = { 0 };
	int asked;

	x11_find(x, i, KIN_DESCENDS, &found);
	time = x11_time(x);
	/* A dialog closes with its window.  It may be a question to the user,
	 * which a click on its close button would cancel. */
	asked = windows_ask(x, &found, false, time);
	if (!asked)
		asked = windows_ask(x, &found, true, time);
	x11_time(x);
	buf_free(&found);
	return xcb_connection_has_error(x->c) ? 0 : asked;
}
