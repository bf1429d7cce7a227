/*
 * x11.c: a connection to an X server, by a deadline.
 *
 * No call of xcb blocks for longer: when time is up, a timer's signal shuts the
 * socket (x11.h).
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xcb/res.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/windows/x11.h"

/*
 * Properties of windows.
 *
 * The server gives two lengths: that of its reply, which the library has
 * received, and that of the value.  xcb-ewmh believes the second, and reads
 * past the end of the reply if the server lies.
 */

enum { LONGEST = 1 << 16 /* 32-bit words */ };

xcb_get_property_cookie_t
property_ask(struct x11 *x, xcb_window_t w, xcb_atom_t property)
{
	return xcb_get_property(x->c, 0, w, property,
	    XCB_GET_PROPERTY_TYPE_ANY, 0, LONGEST);
}

/* Take a property's values into b; their number.  0 if they do not have this
 * format (bits per value). */
static size_t
property_take(struct x11 *x, xcb_get_property_cookie_t asked, uint8_t format,
    struct buf *b)
{
	xcb_get_property_reply_t *r =
	    xcb_get_property_reply(x->c, asked, NULL);
	size_t len = r ? r->value_len * (size_t)(format / 8) : 0;

	b->len = 0;
	if (r && r->format == format && len <= r->length * (size_t)4)
		buf_add(b, xcb_get_property_value(r), len);
	free(r);
	return b->failed ? 0 : b->len / (format / 8U);
}

size_t
property_values(struct x11 *x, xcb_get_property_cookie_t asked, struct buf *b)
{
	return property_take(x, asked, 32, b);
}

size_t
property_bytes(struct x11 *x, xcb_get_property_cookie_t asked, struct buf *b)
{
	return property_take(x, asked, 8, b);
}

uint32_t
property_value(struct x11 *x, xcb_get_property_cookie_t asked, uint32_t none)
{
	uint32_t storage[64], value = none;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	if (property_values(x, asked, &b))
		memcpy(&value, b.at, sizeof(value));
	buf_free(&b);
	return value;
}

bool
property_has(struct x11 *x, xcb_get_property_cookie_t asked, uint32_t value)
{
	uint32_t storage[64], one;
	bool has = false;
	struct buf b;
	size_t n;

	buf_init(&b, storage, sizeof(storage));
	n = property_values(x, asked, &b);
	for (size_t i = 0; i < n && !has; i++) {
		memcpy(&one, b.at + i * sizeof(one), sizeof(one));
		has = one == value;
	}
	buf_free(&b);
	return has;
}

enum { GRACE_MS = 100, AGAIN_MS = 20, LATE_MS = 50 };

static const char *const names[ATOMS] = {
	[NET_ACTIVE_WINDOW] = "_NET_ACTIVE_WINDOW",
	[NET_CLIENT_LIST] = "_NET_CLIENT_LIST",
	[NET_CLIENT_LIST_STACKING] = "_NET_CLIENT_LIST_STACKING",
	[NET_CURRENT_DESKTOP] = "_NET_CURRENT_DESKTOP",
	[NET_STARTUP_INFO] = "_NET_STARTUP_INFO",
	[NET_STARTUP_INFO_BEGIN] = "_NET_STARTUP_INFO_BEGIN",
	[NET_SUPPORTING_WM_CHECK] = "_NET_SUPPORTING_WM_CHECK",
	[NET_WM_DESKTOP] = "_NET_WM_DESKTOP",
	[NET_WM_PID] = "_NET_WM_PID",
	[NET_WM_PING] = "_NET_WM_PING",
	[NET_WM_STATE] = "_NET_WM_STATE",
	[NET_WM_STATE_ABOVE] = "_NET_WM_STATE_ABOVE",
	[NET_WM_STATE_DEMANDS_ATTENTION] =
	    "_NET_WM_STATE_DEMANDS_ATTENTION",
	[NET_WM_STATE_HIDDEN] = "_NET_WM_STATE_HIDDEN",
	[NET_WM_STATE_SHADED] = "_NET_WM_STATE_SHADED",
	[NET_WM_WINDOW_TYPE] = "_NET_WM_WINDOW_TYPE",
	[NET_WM_WINDOW_TYPE_DESKTOP] = "_NET_WM_WINDOW_TYPE_DESKTOP",
	[NET_WM_WINDOW_TYPE_DIALOG] = "_NET_WM_WINDOW_TYPE_DIALOG",
	[NET_WM_WINDOW_TYPE_DOCK] = "_NET_WM_WINDOW_TYPE_DOCK",
	[ONLYONE_TIME] = "_ONLYONE_TIME",
	[WM_CHANGE_STATE] = "WM_CHANGE_STATE",
	[WM_DELETE_WINDOW] = "WM_DELETE_WINDOW",
	[WM_PROTOCOLS] = "WM_PROTOCOLS",
	[WM_STATE] = "WM_STATE",
	[WM_TAKE_FOCUS] = "WM_TAKE_FOCUS",
};

static struct timespec
moment(long long ms)
{
	return (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
}

/* Let the watch go off at `when`, and again and again after that: a second call
 * may block after the first. */
static void
watch_set(struct watch *w, long long when)
{
	struct itimerspec at = { moment(AGAIN_MS), moment(when) };

	w->when = when;
	timer_settime(w->timer, TIMER_ABSTIME, &at, NULL);
}

/* Time is up: shut the socket, so that the xcb call that uses it fails.  But if
 * this comes late we were stopped, or had no processor: then what the server
 * has answered meanwhile has not been read yet. */
static void
on_late(int sig, siginfo_t *info, void *context)
{
	struct watch *w = info->si_value.sival_ptr;
	long long late = clock_now() - w->when;
	int err = errno;

	(void)sig;
	(void)context;
	if (late > LATE_MS) {
		watch_set(w, clock_now() + GRACE_MS);
	} else if (late >= 0) {
		w->when += AGAIN_MS;
		shutdown(w->fd, SHUT_RDWR);
	}
	errno = err;
}

static int
watch_make(struct watch *w, int fd)
{
	struct sigaction on = { .sa_sigaction = on_late,
		.sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGRTMIN, .sigev_value.sival_ptr = w };
	sigset_t late;

	w->fd = fd;
	sigemptyset(&late);
	sigaddset(&late, SIGRTMIN);
	/* No SA_RESTART: the signal must interrupt connect(2). */
	if (sigaction(SIGRTMIN, &on, NULL) < 0 ||
	    sigprocmask(SIG_UNBLOCK, &late, NULL) < 0)
		return -1;
	return timer_create(CLOCK_MONOTONIC, &event, &w->timer);
}

void
x11_watch(struct x11 *x, long long deadline)
{
	watch_set(&x->watch, deadline + GRACE_MS);
}

void
x11_unwatch(struct x11 *x)
{
	struct itimerspec never = { { 0, 0 }, { 0, 0 } };

	timer_settime(x->watch.timer, 0, &never, NULL);
}

/* The number that the next descriptor we open will have. */
static int
fd_next(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), next = fd;

	io_close(&fd);
	return next;
}

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

/* The size of a screen with its depths and visuals; 0: more than left. */
static size_t
screen_size(const char *at, size_t left)
{
	size_t size = sizeof(xcb_screen_t);
	xcb_screen_t screen;
	xcb_depth_t depth;

	if (left < size)
		return 0;
	memcpy(&screen, at, sizeof(screen));
	for (int i = 0; i < screen.allowed_depths_len; i++) {
		if (left - size < sizeof(depth))
			return 0;
		memcpy(&depth, at + size, sizeof(depth));
		size += sizeof(depth);
		if ((left - size) / sizeof(xcb_visualtype_t) <
		    depth.visuals_len)
			return 0;
		size += depth.visuals_len * sizeof(xcb_visualtype_t);
	}
	return size;
}

/* The root of this screen (from $DISPLAY), or of the last one; XCB_NONE.  Xcb's
 * own iterators trust the server's lengths, and may read past the reply. */
static xcb_window_t
screen_root(const xcb_setup_t *setup, int number)
{
	const char *at = (const char *)setup;
	xcb_window_t root = XCB_NONE;
	size_t left, size;

	left = offsetof(xcb_setup_t, release_number) + setup->length * 4U;
	if (left < sizeof(*setup))
		return XCB_NONE;
	size = sizeof(*setup) + ((setup->vendor_len + 3U) & ~3U) +
	    setup->pixmap_formats_len * sizeof(xcb_format_t);
	for (int i = setup->roots_len; i > 0 && left > size; i--) {
		at += size;
		left -= size;
		size = screen_size(at, left);
		if (!size)
			break;
		memcpy(&root, at, sizeof(root));
		if (number-- <= 0)
			break;
	}
	return root;
}

/* Select events on the root: new windows, properties, and pongs, which Qt sends
 * with the mask StructureNotify, other programs with SubstructureNotify.  Make
 * a window of ours, whose property tells the server's time. */
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
x11_open(long long deadline)
{
	struct x11 *x = calloc(1, sizeof(*x));
	int number;

	if (!x)
		return NULL;
	/* xcb_connect blocks, and does not tell its fd before: predict it. */
	if (watch_make(&x->watch, fd_next()) < 0) {
		free(x);
		return NULL;
	}
	x11_watch(x, deadline);
	x->c = xcb_connect(NULL, &number);
	if (!xcb_connection_has_error(x->c))
		x->root = screen_root(xcb_get_setup(x->c), number);
	if (x->root)
		ears_open(x);
	if (!x->root || !atoms_intern(x)) {
		x11_close(x);
		return NULL;
	}
	x11_unwatch(x);
	return x;
}

void
x11_close(struct x11 *x)
{
	timer_delete(x->watch.timer);
	xcb_disconnect(x->c);
	free(x);
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
		if (xcb_connection_has_error(x->c) || !left ||
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
 * Tell that a launch has begun, or is complete (no busy cursor).
 *
 * By the startup notification specification, a message is sent to the clients
 * that listen on the root, in pieces of 20 bytes.
 */

enum { SEND_MS = 500, STARTUP_MOST = 4096 };

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
	char buf[STARTUP_MOST];
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
	x11_watch(x, clock_now() + SEND_MS);
	text_broadcast(x, &t);
	/* A round trip: if we disconnect at once, the message is not sent. */
	x11_time(x);
	x11_unwatch(x);
}
