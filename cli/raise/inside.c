/*
 * inside.c: a program asks for its own window, with a token that counts.
 *
 * Where a compositor lets nobody raise another's window, it lets a program
 * raise its own, if somebody who has the keyboard says so by a token
 * (xdg-activation).  We are that somebody (ticket.h); the program is asked by
 * our library in it (page.h), or by its name on the bus.  That the keyboard
 * leaves our window shows that it has come to pass.
 */
#include "cli/clock.h"
#include "cli/raise/attempt.h"
#include "cli/raise/bus.h"
#include "cli/raise/inside.h"
#include "cli/raise/page.h"
#include "cli/raise/ticket.h"

/* A launch that wants to know waits a second. */
enum { USED_MS = 800 };

static bool
is_used(struct attempt *a, struct ticket *t)
{
	long long until = clock_now() + USED_MS;

	return ticket_used(t, until < a->deadline ? until : a->deadline);
}

/* Without a ticket: with what the launcher gave, and nobody tells whether that
 * was good. */
static enum outcome
page_unverified(struct attempt *a, struct page *p)
{
	const char *why;

	a->why = "its window may not have the keyboard";
	if (a->token && *a->token)
		page_ask(p, WINDOW_RAISE, a->token, a->deadline, &why);
	return OUTCOME_ASKED;
}

static enum outcome
page_raise(struct attempt *a, struct page *p)
{
	struct ticket *t;
	bool used = false;

	if (!a->c->activation) {
		a->why = "it has no xdg_activation_v1";
		return OUTCOME_FORBIDDEN;
	}
	t = ticket_take(a->c, a->token, a->deadline);
	if (!t)
		return page_unverified(a, p);
	if (page_ask(p, WINDOW_RAISE, ticket_token(t), a->deadline,
	    &a->why)) {
		a->why = "it did not give it the keyboard";
		used = is_used(a, t);
	}
	ticket_drop(t);
	return used ? OUTCOME_RAISED : OUTCOME_ASKED;
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
	/* No window of ours without need. */
	if (!bus_has(a->instance, a->deadline))
		return OUTCOME_NO_DISPLAY;
	t = ticket_take(a->c, a->token, a->deadline);
	o = bus_activate(a->instance, nothing, t ? ticket_token(t) : a->token,
	    a->deadline);
	if (o == OUTCOME_RAISED && (!t || !is_used(a, t)))
		o = OUTCOME_ASKED;
	if (t)
		ticket_drop(t);
	return o;
}
