/*
 * ways.c: the ways there are to raise a window, in order.
 *
 * Ways that see all windows and their processes come first, then the X server,
 * then those that have to be told which window it is, and last what may do
 * more than was asked.  Each knows by itself whether it has a place here: none
 * is chosen by a compositor's name alone.
 */
#include "cli/clock.h"
#include "cli/raise/attempt.h"
#include "cli/raise/focus.h"
#include "cli/raise/foreign.h"
#include "cli/raise/inside.h"
#include "cli/raise/kwin.h"
#include "cli/raise/page.h"
#include "cli/raise/raise.h"
#include "cli/raise/sway.h"
#include "cli/raise/tree.h"
#include "cli/raise/ways.h"

static enum outcome
by_sway(struct attempt *a)
{
	return sway_raise(a->instance, a->least, a->deadline);
}

/* Windows of an X server beside a Wayland compositor: only if they are nearer
 * than what the program has there. */
static enum outcome
by_x11(struct attempt *a)
{
	enum kin least = a->least == KIN_MARKED ? KIN_NONE : a->least;
	struct page p;

	if (!a->x)
		return OUTCOME_NO_DISPLAY;
	if (a->c && page_find(a->instance, a->c->pid, &p) == 0) {
		least = p.kin + 1;
		page_close(&p);
	}
	return least > KIN_ITSELF ? OUTCOME_NO_WINDOW :
	    x11_raise(a->x, a->instance, least, a->deadline);
}

/* The table in onlyone(1), WINDOWS, has these rows. */
static const struct way {
	const char *name; /* for the user */
	bool sees;        /* windows with their processes, all there are */
	enum outcome (*raise)(struct attempt *a);
} ways[] = {
	/* sway, i3: SWAYSOCK or I3SOCK answers */
	{ "IPC", true, by_sway },
	/* KWin of Plasma 5 and 6: on the bus, and who listens at
	 * WAYLAND_DISPLAY, or his child */
	{ "script", true, kwin_raise },
	/* any X server, with or without a Wayland compositor: DISPLAY */
	{ "X11", false, by_x11 },
	/* labwc, wayfire, river, phoc and others: the global
	 * zwlr_foreign_toplevel_manager_v1 */
	{ "foreign-toplevel", false, foreign_raise },
	/* GNOME, and others: the global xdg_activation_v1 */
	{ "inside", false, inside_raise },
};

enum { WAYS = sizeof(ways) / sizeof(*ways) };

static const char *
why_of(const struct attempt *a, enum outcome o)
{
	if (a->why)
		return a->why;
	return o == OUTCOME_NO_WINDOW ? "no window" :
	    "it did not come to the front";
}

static bool
is_done(enum outcome o)
{
	return o == OUTCOME_RAISED || o == OUTCOME_HUNG ||
	    o == OUTCOME_HIDDEN;
}

/* The way that did it alone, or one more that did not. */
static void
how_add(const struct attempt *a, const char *name, enum outcome o,
    struct text *how)
{
	bool done = is_done(o);

	if (done || !how->len) {
		text_init(how, how->at, how->cap);
		if (a->c && *a->c->name) {
			text_add(how, a->c->name);
			text_add(how, ": ");
		}
	} else {
		text_add(how, "; ");
	}
	text_add(how, name);
	if (!done) {
		text_add(how, ": ");
		text_add(how, why_of(a, o));
	}
}

/* What was tried says more than what has no place, and what was there more
 * than that nothing was. */
static enum outcome
more_telling(enum outcome a, enum outcome b)
{
	static const int rank[OUTCOMES] = {
		[OUTCOME_RAISED] = 5, [OUTCOME_HIDDEN] = 5, [OUTCOME_HUNG] = 4,
		[OUTCOME_ASKED] = 3, [OUTCOME_NO_WINDOW] = 2,
		[OUTCOME_FORBIDDEN] = 1, [OUTCOME_NO_DISPLAY] = 0,
	};

	return rank[b] > rank[a] ? b : a;
}

static enum outcome
way_try(struct attempt *a, const char *name,
    enum outcome (*raise)(struct attempt *), long long deadline,
    struct text *how)
{
	enum outcome o;

	a->why = NULL;
	a->deadline = deadline;
	o = raise(a);
	if (o != OUTCOME_NO_DISPLAY)
		how_add(a, name, o, how);
	return o;
}

enum outcome
ways_raise(struct attempt *a, long long deadline, struct text *how)
{
	enum outcome o = OUTCOME_NO_DISPLAY, this;

	text_init(how, how->at, how->cap);
	a->c = compositor_open(clock_half(deadline));
	a->mute = a->c != NULL;
	for (int k = 0; k < WAYS && !is_done(o); k++) {
		this = way_try(a, ways[k].name, ways[k].raise,
		    k < WAYS - 1 ? clock_half(deadline) : deadline, how);
		if (ways[k].sees && this != OUTCOME_NO_DISPLAY)
			a->mute = false;
		o = more_telling(o, this);
	}
	if (a->c)
		compositor_close(a->c);
	a->c = NULL;
	return o;
}

enum outcome
ways_activate(struct attempt *a, long long deadline, struct text *how)
{
	enum outcome o = OUTCOME_NO_DISPLAY;

	a->c = compositor_open(clock_half(deadline));
	if (a->c) {
		o = way_try(a, "D-Bus", application_raise, deadline, how);
		compositor_close(a->c);
	}
	a->c = NULL;
	return o;
}

enum outcome
ways_raise_process(pid_t pid, const char *folder, long long deadline)
{
	struct instance i = { .pids = &pid, .npids = 1 };
	struct attempt a = { .instance = &i, .least = KIN_ITSELF };
	enum outcome o = OUTCOME_NO_DISPLAY;

	a.c = compositor_open(clock_half(deadline));
	for (int k = 0; k < WAYS && o != OUTCOME_RAISED; k++) {
		a.deadline = clock_half(deadline);
		if (ways[k].sees)
			o = more_telling(o, ways[k].raise(&a));
	}
	a.deadline = deadline;
	if (folder && (o == OUTCOME_NO_DISPLAY || o == OUTCOME_FORBIDDEN))
		o = more_telling(o, inside_raise_process(&a, pid, folder));
	if (a.c)
		compositor_close(a.c);
	return o;
}
