/*
 * close.c: ask windows to close, as the user's click does, and see what comes
 * of it.
 *
 * The program may ask about unsaved work, and stay.  One that has the mark
 * alone may be another program, that the instance has started: what it has
 * open is not for us to close.
 *
 * A property on each window that was there, and whether it was asked, says
 * what came after that: a window without it is a question.  So whoever looks
 * may be killed, and the next one knows as much.
 */
#include <string.h>

#include "cli/clock.h"
#include "cli/raise/close.h"
#include "cli/raise/find.h"
#include "cli/raise/ping.h"
#include "cli/raise/property.h"
#include "cli/raise/raise.h"
#include "cli/raise/sight.h"
#include "cli/raise/tree.h"
#include "cli/raise/x11.h"

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

/* A look at all windows of the instance: one of those that were asked; 0. */
static xcb_window_t
asked_look(struct x11 *x, const struct instance *i, struct sight *s)
{
	xcb_window_t w, stays = 0;
	struct buf all;
	uint32_t mark;
	size_t n;

	buf_init(&all, NULL, 0);
	x11_watch(x, clock_now() + CLOSE_MS);
	n = x11_find_all(x, i, &all);
	for (size_t k = 0; k < n; k++) {
		w = window_at(&all, k);
		mark = mark_of(x, w);
		s->questions += !mark;
		s->asked += mark == WAS_ASKED;
		if (mark == WAS_ASKED)
			stays = w;
	}
	x11_time(x);
	x11_unwatch(x);
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
 * dialog, or, of a program that was asked before, any. */
static bool
is_question(struct x11 *x, xcb_window_t w, bool before)
{
	return !mark_of(x, w) &&
	    (is_modal(x, w) || (before && is_dialog(x, w)));
}

/* Whether the program answers, by one of the windows that were asked. */
bool
x11_is_awake(struct x11 *x, const struct instance *i)
{
	struct sight s = { 0 };
	xcb_window_t w = asked_look(x, i, &s);
	bool awake;

	if (!w)
		return true;
	x11_watch(x, clock_now() + CLOSE_MS);
	awake = x11_answers(x, w, clock_now() + CLOSE_MS);
	x11_unwatch(x);
	return awake;
}

/* Whether it was asked before, by somebody who was killed.  Then it may be
 * about to ask its user: when it has answered us, it has. */
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

/* Mark all that is there, but for questions.  Whether there are some. */
static bool
marks_set(struct x11 *x, const struct instance *i, bool before)
{
	bool asks = false, asked;
	struct buf all;
	xcb_window_t w;
	size_t n;

	buf_init(&all, NULL, 0);
	n = x11_find_all(x, i, &all);
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
	struct buf all;
	size_t n;

	buf_init(&all, NULL, 0);
	x11_watch(x, clock_now() + CLOSE_MS);
	n = x11_find_all(x, i, &all);
	for (size_t k = 0; k < n; k++)
		xcb_delete_property(x->c, window_at(&all, k),
		    x->atoms[ONLYONE_CLOSE]);
	x11_time(x);
	x11_unwatch(x);
	buf_free(&all);
}

int
x11_ask_close(struct x11 *x, const struct instance *i)
{
	bool before = asked_before(x, i), asks;
	xcb_timestamp_t time;
	struct buf found;
	xcb_window_t w;
	int asked = 0;

	x11_watch(x, clock_now() + CLOSE_MS);
	buf_init(&found, NULL, 0);
	x11_find(x, i, KIN_DESCENDS, &found);
	/* Where a question is open, to ask would close that first, as if its
	 * user had cancelled. */
	asks = marks_set(x, i, before);
	time = x11_time(x);
	/* Dialogs lie over what they belong to, and go first. */
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
	x11_unwatch(x);
	buf_free(&found);
	return xcb_connection_has_error(x->c) ? 0 : asked;
}
