/*
 * close.c: ask X11 windows to close, as the user's click does, and watch what
 * they do.
 *
 * The program may ask about unsaved work, and stay.  A process that has only
 * the environment mark may be another program that the instance has started: we
 * do not close its windows.
 *
 * Each window that is there when we ask gets a property, which says whether it
 * was asked.  A window without it was opened later: it is the program's
 * question to its user.  If this onlyone-raise is killed, the next one reads
 * the property.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/windows/close.h"
#include "cli/windows/find_windows.h"
#include "cli/windows/focus.h"
#include "cli/windows/windows.h"
#include "cli/windows/tree.h"
#include "cli/windows/x11.h"
#include "cli/base/text.h"

enum { CLOSE_MS = 1000 };

enum { WAS_THERE = 1, WAS_ASKED = 2 }; /* the property's value */

static uint32_t
mark_of(struct x11 *x, xcb_window_t w)
{
	return property_value(x, property_ask(x, w, x->atoms[ONLYONE_CLOSE]),
	    0);
}

static bool
is_modal(struct x11 *x, xcb_window_t w)
{
	return property_has(x, property_ask(x, w, x->atoms[NET_WM_STATE]),
	    x->atoms[NET_WM_STATE_MODAL]);
}

static xcb_window_t
window_at(const struct buf *b, size_t k)
{
	xcb_window_t w;

	memcpy(&w, b->at + k * sizeof(w), sizeof(w));
	return w;
}

static void
title_take(struct x11 *x, xcb_window_t w, char title[SIGHT_TITLE])
{
	const xcb_atom_t names[] = { x->atoms[NET_WM_NAME],
		XCB_ATOM_WM_NAME };
	char storage[SIGHT_TITLE];
	struct buf b;
	struct text t = text_in(title, SIGHT_TITLE);

	buf_init(&b, storage, sizeof(storage));
	for (size_t k = 0; k < 2 && !t.len; k++) {
		if (property_bytes(x, property_ask(x, w, names[k]), &b))
			text_mem(&t, b.at, strnlen(b.at, b.len));
	}
	buf_free(&b);
}

/* Look at all windows of the instance, and add to s what is seen.  Returns one
 * of those that were asked; 0: none. */
static xcb_window_t
asked_look(struct x11 *x, const struct instance *i, struct sight *s)
{
	xcb_window_t w, stays = 0;
	struct buf all = { 0 };
	uint32_t mark;
	size_t n;

	n = x11_find_all(x, i, &all);
	for (size_t k = 0; k < n; k++) {
		w = window_at(&all, k);
		mark = mark_of(x, w);
		if (!mark && !s->questions++)
			title_take(x, w, s->title);
		s->asked += mark == WAS_ASKED;
		if (mark == WAS_ASKED)
			stays = w;
	}
	x11_time(x);
	buf_free(&all);
	return stays;
}

bool
x11_sight(struct x11 *x, const struct instance *i, struct sight *s)
{
	asked_look(x, i, s);
	return !xcb_connection_has_error(x->c);
}

static bool
is_dialog(struct x11 *x, xcb_window_t w)
{
	return property_has(x, property_ask(x, w,
	    x->atoms[NET_WM_WINDOW_TYPE]),
	    x->atoms[NET_WM_WINDOW_TYPE_DIALOG]) ||
	    property_value(x, property_ask(x, w, XCB_ATOM_WM_TRANSIENT_FOR),
	    XCB_NONE);
}

/* Whether a window that is there before we ask is a question already: a modal
 * dialog, or any dialog if the program was asked before. */
static bool
is_question(struct x11 *x, xcb_window_t w, bool before)
{
	return !mark_of(x, w) &&
	    (is_modal(x, w) || (before && is_dialog(x, w)));
}

/* Whether the program answers a ping to a window asked; true: none was. */
bool
x11_is_awake(struct x11 *x, const struct instance *i)
{
	struct sight s = { 0 };
	xcb_window_t w = asked_look(x, i, &s);

	return !w || x11_answers(x, w, clock_now() + CLOSE_MS);
}

/* Whether the program was asked before, by an onlyone-raise that was killed.
 * Its question may not be open yet: it is when the program answers a ping. */
static bool
asked_before(struct x11 *x, const struct instance *i)
{
	struct sight s = { 0 };
	bool before = asked_look(x, i, &s) != 0;

	if (before && !s.questions)
		x11_is_awake(x, i);
	return before;
}

static void
mark_set(struct x11 *x, xcb_window_t w, uint32_t mark)
{
	xcb_change_property(x->c, XCB_PROP_MODE_REPLACE, w,
	    x->atoms[ONLYONE_CLOSE], XCB_ATOM_CARDINAL, 32, 1, &mark);
}

/* Mark all windows but questions.  Whether there are questions. */
static bool
marks_set(struct x11 *x, const struct instance *i, bool before)
{
	bool asks = false, asked;
	struct buf all = { 0 };
	xcb_window_t w;
	size_t n = x11_find_all(x, i, &all);

	for (size_t k = 0; k < n; k++) {
		w = window_at(&all, k);
		asked = mark_of(x, w) == WAS_ASKED;
		if (is_question(x, w, before))
			asks = true;
		else if (!asked)
			mark_set(x, w, WAS_THERE);
	}
	buf_free(&all);
	return asks;
}

void
x11_calm(struct x11 *x, const struct instance *i)
{
	struct buf all = { 0 };
	size_t n;

	n = x11_find_all(x, i, &all);
	for (size_t k = 0; k < n; k++)
		xcb_delete_property(x->c, window_at(&all, k),
		    x->atoms[ONLYONE_CLOSE]);
	x11_time(x);
	buf_free(&all);
}

int
x11_ask_close(struct x11 *x, const struct instance *i)
{
	bool before = asked_before(x, i), asks;
	xcb_timestamp_t time;
	struct buf found = { 0 };
	xcb_window_t w;
	int asked = 0;

	x11_find(x, i, KIN_DESCENDS, &found);
	/* Do not ask while a question is open: it would be closed first, as if
	 * the user had cancelled. */
	asks = marks_set(x, i, before);
	time = x11_time(x);
	/* From the top: a dialog lies over its window, and must close first. */
	for (size_t k = found.len / sizeof(w); k; k--) {
		w = window_at(&found, k - 1);
		if (!property_has(x, property_ask(x, w,
		    x->atoms[WM_PROTOCOLS]), x->atoms[WM_DELETE_WINDOW]))
			continue;
		if (!asks || mark_of(x, w))
			mark_set(x, w, WAS_ASKED);
		if (!asks)
			x11_tell(x, w, WM_DELETE_WINDOW, time);
		asked++;
	}
	x11_time(x);
	buf_free(&found);
	return xcb_connection_has_error(x->c) ? 0 : asked;
}
