/*
 * startup.c: tell that a launch has begun, or is complete (no busy cursor).
 *
 * By the startup notification specification, a message is sent to the clients
 * that listen on the root, in pieces of 20 bytes.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/windows/startup.h"
#include "cli/windows/x11.h"
#include "cli/base/text.h"

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
x11_startup_begin(struct x11 *x, char id[STARTUP_OWN])
{
	char buf[LONGEST];
	struct text t;

	x11_watch(x, clock_now() + SEND_MS);
	t = text_in(id, STARTUP_OWN);
	text_add(&t, "onlyone-raise-");
	text_num(&t, getpid());
	text_add(&t, "_TIME");
	text_num(&t, x11_time(x));
	t = text_in(buf, sizeof(buf));
	text_all(&t, "new: ID=\"", id, "\" NAME=onlyone-raise SCREEN=0", NULL);
	text_broadcast(x, &t);
	x11_time(x);
	x11_unwatch(x);
}

void
x11_startup_complete(struct x11 *x, const char *id)
{
	char buf[LONGEST];
	struct text t = text_in(buf, sizeof(buf));

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
	/* A round trip: if we disconnect at once, the message is not sent. */
	x11_time(x);
	x11_unwatch(x);
}
