/*
 * shown.c: whether an instance shows a window, on whatever display.
 *
 * One that has none is about to show its first one, or about to end: some
 * programs lose what they are given then.
 */
#include "cli/clock.h"
#include "cli/io.h"
#include "cli/raise/client.h"
#include "cli/raise/find.h"
#include "cli/raise/page.h"
#include "cli/raise/raise.h"
#include "cli/raise/shown.h"
#include "cli/raise/sway.h"
#include "cli/raise/tree.h"
#include "cli/raise/x11.h"

enum { PAGES = 16 };

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

/* By our library in it, which sees only what the program does on Wayland. */
static enum outcome
by_pages(const struct instance *i, long long deadline)
{
	struct page all[PAGES];
	size_t n = page_list(i, KIN_DESCENDS, all, PAGES);
	bool shown = false;

	for (size_t k = 0; k < n; k++) {
		shown |= all[k].seen.windows != 0;
		page_close(&all[k]);
	}
	if (shown)
		return OUTCOME_RAISED;
	return !n && wayland_has(i, deadline) ? OUTCOME_FORBIDDEN :
	    OUTCOME_NO_WINDOW;
}

static enum outcome
by_x11(const struct instance *i, long long deadline)
{
	struct x11 *x = x11_open(deadline);
	struct buf found;
	size_t n;

	if (!x)
		return OUTCOME_NO_DISPLAY;
	buf_init(&found, NULL, 0);
	x11_watch(x, deadline);
	n = x11_find(x, i, KIN_DESCENDS, &found);
	x11_unwatch(x);
	buf_free(&found);
	x11_close(x);
	return n ? OUTCOME_RAISED : OUTCOME_NO_WINDOW;
}

enum outcome
shown_look(struct request *r)
{
	long long deadline = clock_now() + r->limit_ms;
	const struct instance *i = &r->instance;
	enum outcome o, x;

	/* What it has started is no part of it. */
	r->instance.group = true;
	o = by_sway(i, clock_half(deadline));
	if (o != OUTCOME_NO_DISPLAY)
		return o;
	o = by_pages(i, clock_half(deadline));
	if (o == OUTCOME_RAISED)
		return o;
	x = by_x11(i, deadline);
	return x == OUTCOME_RAISED || o == OUTCOME_NO_WINDOW ? x : o;
}
