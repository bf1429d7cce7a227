/*
 * startup.c: tell that a launch is complete, so that no busy cursor stays.
 *
 * A message of the startup notification specification: its text in pieces of
 * 20 bytes, to whoever listens on the root.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/clock.h"
#include "cli/raise/startup.h"
#include "cli/raise/x11.h"
#include "cli/text.h"

enum { SEND_MS = 500, LONGEST = 4096 };

static void
text_broadcast(struct x11 *x, const struct text *t)
{
	xcb_client_message_event_t m = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 8,
		.window = x->own,
		.type = x->atoms[NET_STARTUP_INFO_BEGIN],
	};
	size_t end = t->len + 1, n; /* with the NUL */

	for (size_t k = 0; k < end; k += n) {
		n = end - k < sizeof(m.data) ? end - k : sizeof(m.data);
		memset(&m.data, 0, sizeof(m.data));
		memcpy(&m.data, t->at + k, n);
		xcb_send_event(x->c, 0, x->root,
		    XCB_EVENT_MASK_PROPERTY_CHANGE, (const char *)&m);
		m.type = x->atoms[NET_STARTUP_INFO];
	}
}

void
x11_startup_complete(struct x11 *x, const char *id)
{
	char buf[LONGEST];
	struct text t;

	text_init(&t, buf, sizeof(buf));
	text_add(&t, "remove: ID=\"");
	for (; *id; id++) {
		if (*id == '"' || *id == '\\')
			text_add(&t, "\\");
		text_mem(&t, id, 1);
	}
	text_add(&t, "\"");
	if (t.cut)
		return;
	x11_watch(x, clock_now() + SEND_MS);
	text_broadcast(x, &t);
	/* Whoever leaves at once leaves it unsent. */
	x11_time(x);
	x11_unwatch(x);
}
