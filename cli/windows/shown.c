/*
 * shown.c: whether an instance shows a window, on any display.
 *
 * An instance without a window may be about to show its first one, or to exit:
 * some programs lose arguments that they get while they exit.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/windows.h"

enum { LOOK_MS = 100 };

static enum outcome
by_sway(const struct instance *i, long long deadline)
{
	struct sway_look l = { .n = 0 };
	int fd = sway_open(deadline);
	bool told;

	pick_begin(&l.pick, i, KIN_DESCENDS);
	told = fd >= 0 && sway_look(&l, fd, deadline);
	io_close(&fd);
	return !told ? OUTCOME_NO_DISPLAY :
	    l.n ? OUTCOME_RAISED : OUTCOME_NO_WINDOW;
}

/* By our library in the program, which sees only windows on Wayland. */
static enum outcome
by_pages(const struct instance *i, long long deadline)
{
	struct page all[PAGES];
	size_t n = page_list(i, KIN_DESCENDS, all, PAGES);
	bool shown = false;

	for (size_t k = 0; k < n; k++) {
		shown |= all[k].seen.windows != 0;
		io_close(&all[k].fd);
	}
	return shown ? OUTCOME_RAISED : n ? OUTCOME_NO_WINDOW :
	    wayland_has(i, deadline) ? OUTCOME_FORBIDDEN : OUTCOME_NO_DISPLAY;
}

static enum outcome
by_x11(struct x11 *x, const struct instance *i, enum shown_way way,
    long long deadline)
{
	struct buf found = { 0 };
	enum outcome o;
	xcb_window_t w;
	size_t n;

	if (!x)
		return OUTCOME_NO_DISPLAY;
	n = x11_find(x, i, KIN_DESCENDS, &found);
	o = !n ? OUTCOME_NO_WINDOW : way == SHOWN_ANY ? OUTCOME_RAISED :
	    OUTCOME_HUNG;
	/* A program that ends may leave its window up for long: the window
	 * counts as shown only if the program answers. */
	for (size_t k = 0; k < n && o != OUTCOME_RAISED; k++) {
		memcpy(&w, found.at + k * sizeof(w), sizeof(w));
		if (x11_answers(x, w, deadline))
			o = OUTCOME_RAISED;
	}
	buf_free(&found);
	return o != OUTCOME_RAISED && x11_gone(x) ? OUTCOME_NO_DISPLAY : o;
}

static enum outcome
window_look(const struct instance *i, enum shown_way way, struct x11 *server,
    long long deadline)
{
	enum outcome o, x;

	o = by_sway(i, clock_half(deadline));
	if (o != OUTCOME_NO_DISPLAY)
		return o;
	o = by_pages(i, clock_half(deadline));
	if (o == OUTCOME_RAISED)
		return o;
	x = by_x11(server, i, way, deadline);
	return o == OUTCOME_NO_DISPLAY || x == OUTCOME_RAISED ||
	    x == OUTCOME_HUNG ? x : o;
}

void
shown_pause(struct x11 *x, long long until)
{
	int left = clock_left(until);

	/* For a compositor it is simpler to ask again than to await events. */
	if (!x || getenv("SWAYSOCK") || getenv("WAYLAND_DISPLAY"))
		clock_sleep(1000L * (left < LOOK_MS ? left : LOOK_MS));
	else
		x11_wait(x, until);
}

enum outcome
shown_await(const struct instance *i, enum shown_way way, int wait_ms,
    int limit_ms)
{
	long long deadline = clock_now() + limit_ms;
	long long until = clock_now() + wait_ms;
	struct x11 *x = alarm_x11(limit_ms, limit_ms * 3LL + wait_ms);
	enum outcome o;

	while ((o = window_look(i, way, x, deadline)) != OUTCOME_RAISED &&
	    o != OUTCOME_HUNG && clock_now() < until) {
		if (x && x11_gone(x))
			break;
		shown_pause(x, until);
		deadline = clock_now() + limit_ms;
	}
	x11_close(x);
	return o;
}
