/*
 * closing.c: ask the windows of an instance to close, once, on any display; and
 * which ones are still open.
 *
 * sway and KWin know all windows of their display, those of their X server too.
 * Elsewhere we ask the windows of an X server and those of a Wayland
 * compositor: a program may have both.  The program may ask its user about
 * unsaved work, and stay: we do not wait for the result.
 *
 * A process that has only the environment mark may be another program that the
 * instance has started: we do not close its windows.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/windows.h"

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

/* How many windows of an X server were asked (WM_DELETE_WINDOW): dialogs only if
 * there are no others. */
static int
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
	return x11_gone(x) ? 0 : asked;
}

/* Whether it was asked. */
static bool
page_ask_close(struct page *p, struct compositor *c, long long deadline)
{
	enum page_did did;
	struct ticket *t = c ? ticket_take(c, NULL, clock_half(deadline)) :
	    NULL;

	did = page_ask(p, WINDOW_CLOSE, t ? ticket_token(t) : "", deadline,
	    NULL);
	ticket_drop(t);
	return did == PAGE_DID || (did == PAGE_ASKED && p->seen.activation);
}

/*
 * Ask Wayland windows by our library in the program, on any compositor.  How
 * many processes were asked.
 *
 * The library makes the program read an event that closes its windows
 * (preload/window/recvmsg.c).  The program reads only when its compositor sends
 * something: so we activate the window as well, which also brings a question in
 * front of the user.  If a program that can be activated does not read, it is
 * busy, and counts as asked, as on an X server: it may have unsaved work.  One
 * that does not know xdg-activation may have got nothing: it was not asked,
 * unless it has read the event.
 */
static int
inside_ask_close(const struct instance *i, long long deadline)
{
	struct compositor *c = NULL;
	struct page all[PAGES];
	size_t n = page_list(i, KIN_DESCENDS, all, PAGES);
	int asked = 0;

	for (size_t k = 0; k < n; k++) {
		if (all[k].seen.windows) {
			if (!c)
				c = compositor_open(clock_half(deadline));
			asked += page_ask_close(&all[k], c, deadline);
		}
		io_close(&all[k].fd);
	}
	compositor_close(c);
	return asked;
}

/* How many views of sway were asked. */
static int
sway_ask_close(const struct instance *i, long long deadline)
{
	int fd = sway_open(deadline), n = 0;
	struct sway_look l = { .n = 0 };

	pick_begin(&l.pick, i, KIN_DESCENDS);
	if (fd >= 0 && sway_look(&l, fd, deadline)) {
		for (size_t k = 0; k < l.n; k++)
			n += sway_tell(fd, l.view[k], "kill", deadline);
	}
	io_close(&fd);
	return n;
}

/* Whether windows of KWin were asked. */
static bool
kwin_ask_close(const struct instance *i, long long deadline)
{
	struct attempt a = { .instance = i, .least = KIN_DESCENDS,
		.deadline = deadline, .closes = true,
		.c = compositor_open(clock_half(deadline)) };
	enum outcome o = kwin_raise(&a);

	compositor_close(a.c);
	return o == OUTCOME_RAISED;
}

static void
title_add(struct text *t, const char *title)
{
	text_add(t, t->len && *title ? ", " : "");
	if (*title)
		text_typed(t, title);
}

static void
x11_titles(struct x11 *x, const struct instance *i, struct text *t)
{
	struct buf found = { 0 }, title = { 0 };
	xcb_window_t w;

	x11_find(x, i, KIN_DESCENDS, &found);
	for (size_t k = found.len; k; k -= sizeof(w)) {
		memcpy(&w, found.at + k - sizeof(w), sizeof(w));
		title_add(t, x11_title(x, w, &title));
	}
	buf_free(&title);
	buf_free(&found);
}

void
closing_titles(const struct instance *i, struct text *t)
{
	struct page all[PAGES];
	size_t n = page_list(i, KIN_DESCENDS, all, PAGES);
	struct x11 *x = x11_open();

	if (x)
		x11_titles(x, i, t);
	x11_close(x);
	for (size_t k = 0; k < n; k++) {
		if (all[k].seen.windows)
			title_add(t, all[k].seen.title);
		io_close(&all[k].fd);
	}
	text_dots(t);
}

enum outcome
closing_ask(const struct instance *i, int limit_ms)
{
	long long deadline = clock_now() + limit_ms;
	/* Nothing by environment mark or name; and if the instance is a window
	 * manager or file manager, what it has started is not part of it. */
	struct instance own = { .pids = i->pids, .npids = i->npids,
		.group = true };
	struct x11 *x;
	int n;

	/* These have asked all windows, those of X11 too: never ask twice. */
	if (sway_ask_close(&own, clock_half(deadline)) ||
	    kwin_ask_close(&own, clock_half(deadline)))
		return OUTCOME_RAISED;
	own.mark = i->mark; /* the pages' folder */
	n = inside_ask_close(&own, deadline);
	if ((x = x11_open()))
		n += x11_ask_close(x, &own);
	x11_close(x);
	return n ? OUTCOME_RAISED : OUTCOME_NO_WINDOW;
}
