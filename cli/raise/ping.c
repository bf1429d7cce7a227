/*
 * ping.c: does the program behind a window answer?
 *
 * A window manager asks so before it offers to kill a program (_NET_WM_PING).
 * The answer goes to the root, where everybody can hear it, so anybody can ask
 * as well: a window in front whose program hangs is not what was wanted.
 */
#include "cli/clock.h"
#include "cli/raise/ping.h"
#include "cli/raise/property.h"
#include "cli/raise/x11.h"

enum { ANSWER_MS = 500 };

bool
x11_answers(struct x11 *x, xcb_window_t w, long long deadline)
{
	long long until = clock_now() + ANSWER_MS;

	if (!property_has(x, property_ask(x, w, x->atoms[WM_PROTOCOLS]),
	    x->atoms[NET_WM_PING]))
		return true;
	x->pinged = w;
	x->ping = x11_time(x);
	x11_tell(x, w, NET_WM_PING, x->ping);
	while (x->ping) {
		if (!x11_event(x, until < deadline ? until : deadline))
			return false;
	}
	return true;
}
