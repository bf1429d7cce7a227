/*
 * inside_close.c: ask the windows of an instance to close from inside, and see
 * what comes of it: as close.c does on an X server.
 *
 * Our library in the program has it read that its windows are to be closed
 * (preload/window/recvmsg.c), and knows from then on which were there.  It
 * reads when its compositor tells it something; so the window is activated as
 * well, by which the question comes to its user too.
 */
#include "cli/clock.h"
#include "cli/ours.h"
#include "cli/raise/inside_close.h"
#include "cli/raise/page.h"
#include "cli/raise/raise.h"
#include "cli/raise/sight.h"
#include "cli/raise/ticket.h"
#include "cli/raise/tree.h"

enum { PAGES = 16 };

/* Their number, for pages_close; what they tell. */
static size_t
pages_find(const struct instance *i, struct page *all, struct sight *s)
{
	size_t n = page_list(i, KIN_DESCENDS, all, PAGES);
	bool closing = false;

	for (size_t k = 0; k < n; k++)
		closing |= all[k].seen.closing != 0;
	*s = (struct sight){ 0 };
	for (size_t k = 0; closing && k < n; k++) {
		s->asked += (int)all[k].seen.asked;
		s->questions += (int)(all[k].seen.windows -
		    all[k].seen.asked);
	}
	return n;
}

static void
pages_close(struct page *all, size_t n)
{
	for (size_t k = 0; k < n; k++)
		page_close(&all[k]);
}

/* Whether its windows were asked, or have gone with it. */
static bool
page_ask_close(struct page *p, struct compositor *c, long long deadline)
{
	struct ticket *t = c && c->activation ? ticket_take(c, NULL,
	    clock_half(deadline)) : NULL;
	bool asked = page_ask(p, WINDOW_CLOSE, t ? ticket_token(t) : "",
	    deadline, NULL);

	if (t)
		ticket_drop(t);
	return asked || !ours(p->pid);
}

int
inside_ask_close(const struct instance *i, struct compositor *c,
    long long deadline)
{
	struct page all[PAGES];
	struct sight s;
	size_t n = pages_find(i, all, &s);
	int asked = s.asked + s.questions;

	/* Where a question is open, to ask would be to cancel it. */
	if (!s.asked || !s.questions) {
		asked = 0;
		for (size_t k = 0; k < n; k++) {
			if (all[k].seen.windows)
				asked += page_ask_close(&all[k], c, deadline);
		}
	}
	pages_close(all, n);
	return asked;
}

bool
inside_sight(const struct instance *i, struct sight *s)
{
	struct page all[PAGES];
	struct sight seen;
	size_t n = pages_find(i, all, &seen);

	s->asked += seen.asked;
	s->questions += seen.questions;
	pages_close(all, n);
	return n > 0;
}

void
inside_calm(const struct instance *i, long long deadline)
{
	struct page all[PAGES];
	struct sight s;
	size_t n = pages_find(i, all, &s);

	for (size_t k = 0; k < n; k++) {
		if (all[k].seen.closing)
			page_ask(&all[k], WINDOW_CALM, "", deadline, NULL);
	}
	pages_close(all, n);
}
