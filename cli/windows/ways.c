/*
 * ways.c: the ways to raise a window, in order.
 *
 * First the ways that see all windows with their processes, then the X server,
 * then those that must be told which window is meant, and last D-Bus, by which
 * a program may do more than raise.  Each way finds out on its own whether it
 * works here: none is chosen only by a compositor's name.
 */
#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/windows.h"

/*
 * A program raises its own window, with a token from us.
 *
 * Some compositors let no client raise another one's window.  They let a client
 * raise its own, with a token (xdg-activation) of the client that has the
 * keyboard: that is us (compositor.c).  We ask the program by our library in it
 * (page.h), or by its name on the bus.  If the keyboard leaves our window after
 * that, the program's window has been raised.
 */

/* A launch that prints the outcome waits a second for it: stay below that. */
enum { USED_MS = 800, ANSWER_MS = 800, TRIES = 3 };

/* Ask without a ticket, with the launcher's token. */
static enum outcome
page_unverified(struct attempt *a, struct page *p)
{
	a->why = ticket_may(a->c) ? "our window may not have the keyboard" :
	    "no keyboard at the seat, without which it lets nobody raise"
	    " windows: plug one in, or click on the window";
	return a->token && *a->token &&
	    page_ask(p, WINDOW_RAISE, a->token, a->deadline, NULL) ==
	    PAGE_DID &&
	    page_answers(p, clock_in(USED_MS, a->deadline)) ? OUTCOME_RAISED :
	    OUTCOME_ASKED;
}

/* Ask with this ticket.  *lost: the keyboard has left our window by the time
 * the program has asked, but the program's window was not activated: another
 * window came meanwhile, for example while the program was starting and slow to
 * ask.  The token was worth nothing then. */
static enum outcome
ticket_try(struct attempt *a, struct page *p, struct ticket *t, bool *lost)
{
	*lost = false;
	if (page_ask(p, WINDOW_RAISE, ticket_token(t), a->deadline, &a->why) !=
	    PAGE_DID)
		return OUTCOME_ASKED;
	*lost = ticket_used(t, clock_now()) &&
	    !page_answers(p, clock_in(ANSWER_MS, a->deadline));
	a->why = *lost ? "another window took the keyboard" :
	    "it did not give it the keyboard";
	return !*lost && ticket_used(t, clock_in(USED_MS, a->deadline)) ?
	    OUTCOME_RAISED : OUTCOME_ASKED;
}

static enum outcome
page_raise(struct attempt *a, struct page *p)
{
	enum outcome o;
	struct ticket *t;
	bool lost;
	int tries = 0;

	if (!a->c->activation) {
		a->why = "it has no xdg_activation_v1";
		return OUTCOME_FORBIDDEN;
	}
	if (!p->seen.activation) {
		a->why = "the program has not bound xdg_activation_v1";
		return OUTCOME_UNABLE;
	}
	do {
		t = ticket_take(a->c, a->token, a->deadline);
		if (!t)
			return page_unverified(a, p);
		o = ticket_try(a, p, t, &lost);
		ticket_drop(t);
	} while (lost && ++tries < TRIES && clock_left(a->deadline));
	return o;
}

/* Ask the program by our library in it. */
static enum outcome
inside_raise(struct attempt *a)
{
	enum outcome o;
	struct page p;

	if (!a->c)
		return OUTCOME_NO_DISPLAY;
	if (page_find(a->instance, a->c->pid, &p) < 0) {
		a->why = "no window that our library in it knows";
		return OUTCOME_NO_WINDOW;
	}
	o = page_raise(a, &p);
	io_close(&p.fd);
	return o;
}

/* Ask it by D-Bus, without our library. */
static enum outcome
application_raise(struct attempt *a)
{
	char *const nothing[] = { NULL };
	struct ticket *t;
	enum outcome o;

	if (!a->c->activation)
		return OUTCOME_NO_DISPLAY;
	/* Do not open our window if there is no program to ask. */
	if (!bus_has(a->instance, a->deadline))
		return OUTCOME_NO_DISPLAY;
	t = ticket_take(a->c, a->token, a->deadline);
	o = bus_activate(a->instance, nothing, t ? ticket_token(t) : a->token,
	    a->deadline);
	if (o == OUTCOME_RAISED && (!t ||
	    !ticket_used(t, clock_in(USED_MS, a->deadline))))
		o = OUTCOME_ASKED;
	ticket_drop(t);
	return o;
}

/*
 * The ways, in order.
 */

static enum outcome
by_sway(struct attempt *a)
{
	return sway_raise(a->instance, a->least, a->deadline);
}

/* If the instance also has a Wayland window, raise an X11 window only if its
 * process is nearer to the instance. */
static enum outcome
by_x11(struct attempt *a)
{
	enum kin least = KIN_NONE; /* also by WM_CLASS */
	struct page p;

	if (!a->x)
		return OUTCOME_NO_DISPLAY;
	if (a->c && page_find(a->instance, a->c->pid, &p) == 0) {
		least = p.kin + 1;
		io_close(&p.fd);
	}
	return least > KIN_ITSELF ? OUTCOME_NO_WINDOW :
	    x11_raise(a->x, a->instance, least, a->deadline);
}

/* The table in onlyone-desktop(7), WINDOWS, has these rows. */
static const struct way {
	const char *name; /* for the user */
	bool sees;        /* it sees all windows, with their processes */
	enum outcome (*raise)(struct attempt *a);
} ways[] = {
	/* sway: SWAYSOCK answers */
	{ "IPC", true, by_sway },
	/* KWin of Plasma 5 and 6: it is on the bus, and listens at
	 * WAYLAND_DISPLAY, or a process that it descends from does */
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
	return o == OUTCOME_RAISED || o == OUTCOME_HUNG;
}

/* Write into how the one way that succeeded, or add one more that failed. */
static void
how_add(const struct attempt *a, const char *name, enum outcome o,
    struct text *how)
{
	bool done = is_done(o);

	if (done || !how->len) {
		*how = text_in(how->at, how->cap);
		if (a->c && *a->c->name)
			text_all(how, a->c->name, ": ", NULL);
	} else {
		text_add(how, "; ");
	}
	text_add(how, name);
	if (!done)
		text_all(how, ": ", why_of(a, o), NULL);
}

/* The outcome that tells the user more: a window before no window, and a way
 * that works here before one that does not. */
static enum outcome
more_telling(enum outcome a, enum outcome b)
{
	static const int rank[OUTCOMES] = {
		[OUTCOME_RAISED] = 5, [OUTCOME_HUNG] = 4,
		[OUTCOME_ASKED] = 3, [OUTCOME_UNABLE] = 3,
		[OUTCOME_NO_WINDOW] = 2,
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

	*how = text_in(how->at, how->cap);
	a->c = compositor_open(clock_half(deadline));
	a->mute = a->c != NULL;
	for (int k = 0; k < WAYS && !is_done(o); k++) {
		this = way_try(a, ways[k].name, ways[k].raise,
		    k < WAYS - 1 ? clock_half(deadline) : deadline, how);
		if (ways[k].sees && this != OUTCOME_NO_DISPLAY)
			a->mute = false;
		o = more_telling(o, this);
	}
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
ways_raise_seen(const struct instance *i, enum kin least, long long deadline)
{
	struct attempt a = { .instance = i, .least = least };
	enum outcome o = OUTCOME_NO_DISPLAY;

	a.c = compositor_open(clock_half(deadline));
	for (int k = 0; k < WAYS && o != OUTCOME_RAISED; k++) {
		a.deadline = clock_half(deadline);
		if (ways[k].sees)
			o = more_telling(o, ways[k].raise(&a));
	}
	compositor_close(a.c);
	return o;
}
