/*
 * focus.c: bring an X11 window to the front, and check that it is there.
 *
 * We ask the window manager as a pager does (EWMH, source 2), with the current
 * time of the server: managers that prevent focus stealing refuse an old time.
 * Managers differ in what they do with a window on another desktop, so we
 * switch to that desktop first.  Only the result counts, not the request.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/windows/windows.h"

/*
 * Whether the program behind a window answers (_NET_WM_PING).
 *
 * A window manager pings a program before it offers to kill it.  The pong goes
 * to the root window, where any client can receive it, so we can ping as well:
 * a window in front whose program hangs is no success.
 */

enum { ANSWER_MS = 500 };

bool
x11_answers(struct x11 *x, xcb_window_t w, long long deadline)
{
	long long until = clock_in(ANSWER_MS, deadline);

	if (!property_has(x, property_ask(x, w, x->atoms[WM_PROTOCOLS]),
	    x->atoms[NET_WM_PING]))
		return true;
	x->pinged = w;
	x->ping = x11_time(x);
	x11_tell(x, w, NET_WM_PING, x->ping);
	while (x->ping) {
		if (!x11_event(x, until))
			return false;
	}
	return true;
}

/*
 * Which window of the instance to raise, by the same rule on every display.
 *
 * The nearest one: by its process first, then by a name that the user gave, then
 * by the document that its title names.  Of equally near ones (PICK_EQUAL) the
 * caller takes the one that was used last: only the caller knows in which order
 * they were used.
 */

/* Any known process is nearer than a window that only has the name; the title
 * counts last. */
enum { NAMED = 1, KINDRED = 2 };

void
pick_begin(struct pick *p, const struct instance *i, enum kin least)
{
	*p = (struct pick){ .i = i, .least = least, .near = 0 };
}

enum picked
pick_offer(struct pick *p, pid_t pid, bool named, enum title title)
{
	enum kin kin = pid > 0 ? tree_kin(p->i, pid, p->least) : KIN_NONE;
	int near = kin ? KINDRED + (int)kin : named ? NAMED : 0;

	near = near * TITLES + (near ? (int)title : 0);
	if (!near || near < p->near)
		return PICK_NOT;
	if (near == p->near)
		return PICK_EQUAL;
	p->near = near;
	return PICK_NEARER;
}

enum {
	VERIFY_MS = 1000,
	AGAIN_MS = 150,
	TIMES = 3,
	DESKTOP_MS = 200,
	PLAIN_MS = 500,
	PLAIN_AGAIN_MS = 25,
	PARENTS = 16,
};

enum { SOURCE_PAGER = 2, STATE_REMOVE = 0 };

#define ALL_DESKTOPS UINT32_MAX

bool
x11_contains(const struct buf *windows, xcb_window_t w)
{
	xcb_window_t one;

	for (size_t k = 0; k < windows->len; k += sizeof(one)) {
		memcpy(&one, windows->at + k, sizeof(one));
		if (one == w)
			return true;
	}
	return false;
}

/* Only the first value of the property counts: xfwm4 sets two. */
xcb_window_t
x11_active(struct x11 *x)
{
	return property_value(x, property_ask(x, x->root,
	    x->atoms[NET_ACTIVE_WINDOW]), XCB_NONE);
}

/* Show the desktop of w: most managers do not raise a window on another one, but
 * only mark it. */
static void
desktop_switch(struct x11 *x, xcb_window_t w, long long deadline)
{
	xcb_get_property_cookie_t its, current;
	long long until = clock_in(DESKTOP_MS, deadline);
	uint32_t wanted, data[5] = { 0 };

	its = property_ask(x, w, x->atoms[NET_WM_DESKTOP]);
	current = property_ask(x, x->root, x->atoms[NET_CURRENT_DESKTOP]);
	wanted = property_value(x, its, ALL_DESKTOPS);
	if (property_value(x, current, wanted) == wanted ||
	    wanted == ALL_DESKTOPS)
		return;
	data[0] = wanted;
	data[1] = x11_time(x);
	x11_tell_root(x, x->root, NET_CURRENT_DESKTOP, data);
	while (property_value(x, property_ask(x, x->root,
	    x->atoms[NET_CURRENT_DESKTOP]), wanted) != wanted &&
	    x11_event(x, until))
		;
}

static void
manager_ask(struct x11 *x, xcb_window_t w)
{
	uint32_t shaded[5] = { STATE_REMOVE, x->atoms[NET_WM_STATE_SHADED], 0,
		SOURCE_PAGER, 0 };
	uint32_t active[5] = { SOURCE_PAGER, x11_time(x), 0, 0, 0 };

	x11_tell_root(x, w, NET_WM_STATE, shaded);
	x11_tell_root(x, w, NET_ACTIVE_WINDOW, active);
}

/* Raise w by a window manager with EWMH. */
static enum outcome
managed_raise(struct x11 *x, const struct buf *found, xcb_window_t w,
    long long deadline)
{
	long long end, next;

	desktop_switch(x, w, deadline);
	end = clock_in(VERIFY_MS, deadline);
	for (int asked = 0; !x11_gone(x);) {
		if (asked++ < TIMES)
			manager_ask(x, w);
		next = asked < TIMES ? clock_in(AGAIN_MS, end) : end;
		do {
			/* A manager may give the focus to a dialog of w: any
			 * window of found will do. */
			if (x11_contains(found, x11_active(x)))
				return OUTCOME_RAISED;
		} while (x11_event(x, next));
		if (clock_now() >= end)
			break;
	}
	return OUTCOME_ASKED;
}

/* Raise w by ourselves; a window manager without EWMH receives the first two
 * calls as requests to it. */
static enum outcome
plain_raise(struct x11 *x, xcb_window_t w, long long deadline)
{
	long long end = clock_in(PLAIN_MS, deadline), next;
	uint32_t above = XCB_STACK_MODE_ABOVE;
	xcb_get_input_focus_reply_t *r;
	bool focused;

	do {
		xcb_map_window(x->c, w);
		xcb_configure_window(x->c, w, XCB_CONFIG_WINDOW_STACK_MODE,
		    &above);
		xcb_set_input_focus(x->c, XCB_INPUT_FOCUS_PARENT, w,
		    x11_time(x));
		r = xcb_get_input_focus_reply(x->c,
		    xcb_get_input_focus(x->c), NULL);
		focused = r && r->focus == w;
		free(r);
		if (focused)
			return OUTCOME_RAISED;
		for (next = clock_in(PLAIN_AGAIN_MS, end); x11_event(x, next);)
			;
	} while (!x11_gone(x) && clock_now() < end);
	return OUTCOME_ASKED;
}

/* Raise one of the instance's windows: the active one, else the topmost, which
 * was used last. */
static enum outcome
found_raise(struct x11 *x, const struct buf *found, long long deadline)
{
	xcb_window_t active = x11_active(x), w;
	enum outcome o;

	memcpy(&w, found->at + found->len - sizeof(w), sizeof(w));
	if (x->managed && x11_contains(found, active))
		w = active;
	o = x->managed ? managed_raise(x, found, w, deadline) :
	    plain_raise(x, w, deadline);
	if (o == OUTCOME_RAISED && !x11_answers(x, w, deadline))
		o = OUTCOME_HUNG;
	return o;
}

/* Raise what has been found, and free found.  NO_DISPLAY: the connection to the
 * server is lost. */
static enum outcome
focus_end(struct x11 *x, struct buf *found, long long deadline)
{
	enum outcome o = found->len ? found_raise(x, found, deadline) :
	    OUTCOME_NO_WINDOW;

	buf_free(found);
	return x11_gone(x) ? OUTCOME_NO_DISPLAY : o;
}

/* Whether w names the document, or the window whose dialog it is. */
static enum title
names_document(struct x11 *x, xcb_window_t w, const char *document)
{
	xcb_window_t of = property_value(x, property_ask(x, w,
	    XCB_ATOM_WM_TRANSIENT_FOR), XCB_NONE);
	struct buf b = { 0 };
	enum title own, its;

	own = title_names(x11_title(x, w, &b), document);
	its = of ? title_names(x11_title(x, of, &b), document) : own;
	buf_free(&b);
	return its > own ? its : own;
}

/* Of the windows in found keep those that name the document best. */
static void
document_keep(struct x11 *x, const char *document, struct buf *found)
{
	enum title best = TITLE_OTHER, title;
	size_t n = 0;
	xcb_window_t w;

	for (size_t k = 0; k < found->len; k += sizeof(w)) {
		memcpy(&w, found->at + k, sizeof(w));
		title = names_document(x, w, document);
		if (title > best)
			n = 0;
		if (title < best)
			continue;
		best = title;
		memcpy(found->at + n, &w, sizeof(w));
		n += sizeof(w);
	}
	found->len = n;
}

enum outcome
x11_raise(struct x11 *x, const struct instance *i, enum kin least,
    long long deadline)
{
	struct buf found = { 0 };

	if (x11_find(x, i, least, &found) > 1 && i->document)
		document_keep(x, i->document, &found);
	return focus_end(x, &found, deadline);
}

enum outcome
x11_raise_one(struct x11 *x, xcb_window_t w, long long deadline)
{
	struct buf found = { 0 };

	buf_add(&found, &w, sizeof(w));
	return focus_end(x, &found, deadline);
}

static xcb_window_t
parent_of(struct x11 *x, xcb_window_t w)
{
	xcb_query_tree_reply_t *r = xcb_query_tree_reply(x->c,
	    xcb_query_tree(x->c, w), NULL);
	xcb_window_t parent = r ? r->parent : XCB_NONE;

	free(r);
	return parent;
}

/* Returns the one of windows that is `window`, or has it inside; XCB_NONE.
 * Some programs name a window inside the one that the window manager knows. */
static xcb_window_t
window_among(struct x11 *x, const struct buf *windows, unsigned long window)
{
	xcb_window_t w = (xcb_window_t)window;

	for (int level = 0; w && level < PARENTS; level++) {
		if (x11_contains(windows, w))
			return w;
		w = parent_of(x, w);
	}
	return XCB_NONE;
}

/* One process may have the windows of many terminals: prefer `window`. */
enum outcome
x11_raise_process(struct x11 *x, pid_t pid, unsigned long window,
    long long deadline)
{
	struct instance i = { .pids = &pid, .npids = 1 };
	struct buf found = { 0 };
	xcb_window_t w;

	x11_find(x, &i, KIN_ITSELF, &found);
	if (!found.len || !(w = window_among(x, &found, window)))
		return focus_end(x, &found, deadline);
	buf_free(&found);
	return x11_raise_one(x, w, deadline);
}

enum outcome
x11_raise_window(struct x11 *x, unsigned long window, long long deadline)
{
	struct buf all = { 0 };
	xcb_window_t w;

	x11_list(x, &all);
	w = window_among(x, &all, window);
	buf_free(&all);
	return w ? x11_raise_one(x, w, deadline) : OUTCOME_NO_WINDOW;
}
