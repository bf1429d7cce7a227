/*
 * self_raise.c: a program raises its own window, with a token from us.
 *
 * Some compositors let no client raise another one's window.  They let a client
 * raise its own, with a token (xdg-activation) of the client that has the
 * keyboard: that is us (ticket.h).  We ask the program by our library in it
 * (page.h), or by its name on the bus.  If the keyboard leaves our window after
 * that, the program's window has been raised.
 */
#include "cli/base/clock.h"
#include "cli/windows/attempt.h"
#include "cli/windows/bus.h"
#include "cli/windows/page.h"
#include "cli/windows/self_raise.h"
#include "cli/windows/startup.h"
#include "cli/windows/ticket.h"

/* A launch that prints the outcome waits a second for it: stay below that. */
enum { USED_MS = 800, ANSWER_MS = 800, TRIES = 3 };

static long long
until(const struct attempt *a, int ms)
{
	long long then = clock_now() + ms;

	return then < a->deadline ? then : a->deadline;
}

/* Ask without a ticket: with the launcher's token, then as if a client of the X
 * server beside the compositor had just started the program (startup.h). */
static enum outcome
page_unverified(struct attempt *a, struct page *p)
{
	char own[STARTUP_OWN];

	a->why = ticket_may(a->c) ? "our window may not have the keyboard" :
	    "no keyboard at the seat, without which it lets nobody raise"
	    " windows: plug one in, or click on the window";
	if (a->token && *a->token)
		page_ask(p, WINDOW_RAISE, a->token, a->deadline, NULL);
	if (a->x) {
		x11_startup_begin(a->x, own);
		page_ask(p, WINDOW_RAISE, own, a->deadline, NULL);
	}
	if (page_answers(p, until(a, USED_MS)))
		a->why = NULL;
	if (a->x)
		x11_startup_complete(a->x, own);
	return a->why ? OUTCOME_ASKED : OUTCOME_RAISED;
}

/* Ask with this ticket.  *lost: the keyboard has left our window by the time
 * the program has asked, but the program's window was not activated: another
 * window came meanwhile, for example while the program was starting and slow to
 * ask.  The token was worth nothing then. */
static enum outcome
ticket_try(struct attempt *a, struct page *p, struct ticket *t, bool *lost)
{
	*lost = false;
	if (!page_ask(p, WINDOW_RAISE, ticket_token(t), a->deadline, &a->why))
		return OUTCOME_ASKED;
	*lost = ticket_used(t, clock_now()) &&
	    !page_answers(p, until(a, ANSWER_MS));
	a->why = *lost ? "another window took the keyboard" :
	    "it did not give it the keyboard";
	return !*lost && ticket_used(t, until(a, USED_MS)) ? OUTCOME_RAISED :
	    OUTCOME_ASKED;
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
	do {
		t = ticket_take(a->c, a->token, a->deadline);
		if (!t)
			return page_unverified(a, p);
		o = ticket_try(a, p, t, &lost);
		ticket_drop(t);
	} while (lost && ++tries < TRIES && clock_left(a->deadline));
	return o;
}

enum outcome
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
	page_close(&p);
	return o;
}

enum outcome
inside_raise_process(struct attempt *a, pid_t pid, const char *folder)
{
	enum outcome o;
	struct page p;

	if (!a->c || page_beside(folder, pid, a->c->pid, &p) < 0)
		return OUTCOME_NO_WINDOW;
	o = page_raise(a, &p);
	page_close(&p);
	return o;
}

enum outcome
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
	if (o == OUTCOME_RAISED && (!t || !ticket_used(t, until(a, USED_MS))))
		o = OUTCOME_ASKED;
	if (t)
		ticket_drop(t);
	return o;
}
