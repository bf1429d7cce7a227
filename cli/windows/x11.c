/*
 * x11.c: a connection to an X server.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/res.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/reply.h"
#include "cli/windows/windows.h"

enum { LONGEST = 1 << 16 /* 32-bit words */ };

xcb_get_property_cookie_t
property_ask(struct x11 *x, xcb_window_t w, xcb_atom_t property)
{
	return xcb_get_property(x->c, 0, w, property,
	    XCB_GET_PROPERTY_TYPE_ANY, 0, LONGEST);
}

/* Take the answer, for free(3), and its values of this format. */
static xcb_get_property_reply_t *
property_take(struct x11 *x, xcb_get_property_cookie_t asked, uint8_t format,
    const void **values, size_t *n)
{
	xcb_get_property_reply_t *r =
	    xcb_get_property_reply(x->c, asked, NULL);

	x11_note(x, reply_property(r, format, values, n));
	return r;
}

size_t
property_copy(struct x11 *x, xcb_get_property_cookie_t asked, uint8_t format,
    struct buf *b)
{
	const void *values;
	size_t n;
	xcb_get_property_reply_t *r = property_take(x, asked, format, &values,
	    &n);

	b->len = 0;
	buf_add(b, values, n * (format / 8U));
	free(r);
	return b->failed ? 0 : n;
}

uint32_t
property_value(struct x11 *x, xcb_get_property_cookie_t asked, uint32_t none)
{
	const void *values;
	size_t n;
	xcb_get_property_reply_t *r = property_take(x, asked, 32, &values, &n);
	uint32_t value = n ? *(const uint32_t *)values : none;

	free(r);
	return value;
}

bool
property_has(struct x11 *x, xcb_get_property_cookie_t asked, uint32_t value)
{
	const void *values;
	size_t n;
	xcb_get_property_reply_t *r = property_take(x, asked, 32, &values, &n);
	bool has = false;

	for (size_t k = 0; k < n; k++)
		has |= ((const uint32_t *)values)[k] == value;
	free(r);
	return has;
}

static const char *const names[ATOMS] = { X11_ATOMS(X11_NAME) };

static bool
atoms_intern(struct x11 *x)
{
	xcb_intern_atom_cookie_t asked[ATOMS];
	xcb_intern_atom_reply_t *r;
	bool all = true;

	/* find_windows.c needs XRes: with the atoms it costs no round trip. */
	xcb_prefetch_extension_data(x->c, &xcb_res_id);
	for (int i = 0; i < ATOMS; i++)
		asked[i] = xcb_intern_atom(x->c, 0,
		    (uint16_t)strlen(names[i]), names[i]);
	for (int i = 0; i < ATOMS; i++) {
		r = xcb_intern_atom_reply(x->c, asked[i], NULL);
		all &= r != NULL;
		x->atoms[i] = r ? r->atom : XCB_ATOM_NONE;
		free(r);
	}
	return all;
}

/* Select events on the root: new windows, properties, and pongs, which Qt sends
 * with the mask StructureNotify, other programs with SubstructureNotify.  Make
 * a window of ours, whose property gives us the server's time. */
static void
ears_open(struct x11 *x)
{
	uint32_t root = XCB_EVENT_MASK_PROPERTY_CHANGE |
	    XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY |
	    XCB_EVENT_MASK_STRUCTURE_NOTIFY;
	uint32_t own = XCB_EVENT_MASK_PROPERTY_CHANGE;

	x->own = xcb_generate_id(x->c);
	xcb_change_window_attributes(x->c, x->root, XCB_CW_EVENT_MASK, &root);
	xcb_create_window(x->c, 0, x->own, x->root, -1, -1, 1, 1, 0,
	    XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT,
	    XCB_CW_EVENT_MASK, &own);
}

struct x11 *
x11_open(void)
{
	struct x11 *x = calloc(1, sizeof(*x));
	int number;

	if (!x)
		return NULL;
	x->c = xcb_connect(NULL, &number);
	if (!xcb_connection_has_error(x->c))
		x->root = reply_root(xcb_get_setup(x->c), number);
	if (x->root)
		ears_open(x);
	if (!x->root || !atoms_intern(x)) {
		x11_close(x);
		return NULL;
	}
	return x;
}

void
x11_close(struct x11 *x)
{
	if (x)
		xcb_disconnect(x->c);
	free(x);
}

void
x11_note(struct x11 *x, enum reply r)
{
	x->lies |= r == REPLY_LIES;
}

bool
x11_gone(const struct x11 *x)
{
	return x->lies || xcb_connection_has_error(x->c);
}

static void
event_note(struct x11 *x, const xcb_generic_event_t *e)
{
	const xcb_property_notify_event_t *p = (const void *)e;
	const xcb_client_message_event_t *m = (const void *)e;

	switch (e->response_type & 0x7f) {
	case XCB_PROPERTY_NOTIFY:
		x->time = p->time;
		x->changed |= p->window == x->root &&
		    (p->atom == x->atoms[NET_CLIENT_LIST] ||
		    p->atom == x->atoms[NET_CLIENT_LIST_STACKING] ||
		    p->atom == x->atoms[NET_SUPPORTING_WM_CHECK]);
		break;
	case XCB_MAP_NOTIFY:
		x->changed |= !x->managed;
		break;
	case XCB_CLIENT_MESSAGE:
		/* By the timestamp we tell our ping from those of the window
		 * manager. */
		if (m->type == x->atoms[WM_PROTOCOLS] &&
		    m->data.data32[0] == x->atoms[NET_WM_PING] &&
		    m->data.data32[1] == x->ping &&
		    m->data.data32[2] == x->pinged)
			x->ping = 0;
		break;
	}
}

bool
x11_event(struct x11 *x, long long until)
{
	int fd = xcb_get_file_descriptor(x->c);
	xcb_generic_event_t *e;
	int left;

	xcb_flush(x->c);
	while (!(e = xcb_poll_for_event(x->c))) {
		left = clock_left(until);
		if (x11_gone(x) || !left ||
		    io_wait(fd, POLLIN, left) <= 0)
			return false;
	}
	event_note(x, e);
	free(e);
	return true;
}

bool
x11_wait(struct x11 *x, long long until)
{
	while (!x->changed) {
		if (!x11_event(x, until))
			return false;
	}
	return true;
}

xcb_timestamp_t
x11_time(struct x11 *x)
{
	xcb_generic_event_t *e;

	xcb_change_property(x->c, XCB_PROP_MODE_APPEND, x->own,
	    x->atoms[ONLYONE_TIME], XCB_ATOM_CARDINAL, 32, 0, NULL);
	/* The property's event comes before the reply to this request. */
	free(xcb_get_input_focus_reply(x->c, xcb_get_input_focus(x->c),
	    NULL));
	while ((e = xcb_poll_for_queued_event(x->c))) {
		event_note(x, e);
		free(e);
	}
	return x->time;
}

static void
message_send(struct x11 *x, xcb_window_t to, uint32_t mask, xcb_window_t w,
    xcb_atom_t type, const uint32_t data[5])
{
	xcb_client_message_event_t m = {
		.response_type = XCB_CLIENT_MESSAGE,
		.format = 32,
		.window = w,
		.type = type,
	};

	memcpy(m.data.data32, data, sizeof(m.data.data32));
	xcb_send_event(x->c, 0, to, mask, (const char *)&m);
}

void
x11_tell_root(struct x11 *x, xcb_window_t w, enum atom type,
    const uint32_t data[5])
{
	message_send(x, x->root, XCB_EVENT_MASK_SUBSTRUCTURE_NOTIFY |
	    XCB_EVENT_MASK_SUBSTRUCTURE_REDIRECT, w, x->atoms[type], data);
}

void
x11_tell(struct x11 *x, xcb_window_t w, enum atom protocol,
    xcb_timestamp_t time)
{
	uint32_t data[5] = { x->atoms[protocol], time, w, 0, 0 };

	message_send(x, w, XCB_EVENT_MASK_NO_EVENT, w, x->atoms[WM_PROTOCOLS],
	    data);
}

/*
 * Announce that a launch is complete (no busy cursor).
 *
 * By the startup notification specification, a message is sent to the clients
 * that listen on the root, in pieces of 20 bytes.
 */

enum { STARTUP_MOST = 4096 };

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
	char buf[STARTUP_MOST];
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
	text_broadcast(x, &t);
	/* A round trip: if we disconnect at once, the message is not sent. */
	x11_time(x);
}
