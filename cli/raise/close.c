/*
 * close.c: ask windows to close, as the user's click does.
 *
 * The program may ask about unsaved work, and stay.  One that has the mark
 * alone may be another program, that the instance has started: what it has
 * open is not for us to close.
 */
#include <string.h>

#include "cli/clock.h"
#include "cli/raise/x11.h"

enum { CLOSE_MS = 1000 };

int
x11_ask_close(struct x11 *x, const struct instance *i)
{
	xcb_timestamp_t time;
	struct buf found;
	xcb_window_t w;
	int asked = 0;

	x11_watch(x, clock_now() + CLOSE_MS);
	buf_init(&found, NULL, 0);
	x11_find(x, i, KIN_DESCENDS, &found);
	time = x11_time(x);
	/* Dialogs lie over what they belong to, and go first. */
	for (size_t k = found.len; k; k -= sizeof(w)) {
		memcpy(&w, found.at + k - sizeof(w), sizeof(w));
		if (!property_has(x, property_ask(x, w,
		    x->atoms[WM_PROTOCOLS]), x->atoms[WM_DELETE_WINDOW]))
			continue;
		x11_tell(x, w, WM_DELETE_WINDOW, time);
		asked++;
	}
	x11_time(x);
	x11_unwatch(x);
	buf_free(&found);
	return xcb_connection_has_error(x->c) ? 0 : asked;
}
