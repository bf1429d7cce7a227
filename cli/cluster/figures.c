/*
 * figures.c: what goes into the metrics, and when.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"

void
figures_tell(struct hold *h)
{
	struct fault f;

	if (!metrics_write(&h->page->metrics, &f))
		launch_tell(h, WORD_NOTE, f.line);
}

/* We may still have the place in line from which we took the key. */
static void
waiter_count(void *arg, const struct engine_found *found)
{
	struct hold *h = arg;
	struct record r;

	if (!found->line || strcmp(found->key, h->key))
		return;
	record_parse(found->value, &r);
	h->page->metrics.waiters += strcmp(r.nonce, h->mine.nonce) != 0;
}

/* The lease is as it was granted, or renewed. */
void
figures_renewed(struct hold *h)
{
	enum { COUNT_MS = 500, PARTS = 12 };
	struct fault ignored;

	if (!*h->page->metrics.path)
		return;
	h->page->metrics.held = true;
	h->page->metrics.waiting = false;
	h->page->metrics.renewed = clock_wall();
	h->page->metrics.waiters = 0;
	/* By a handle of its own: what that hears, the other must hear, too. */
	if (h->counter)
		h->calls->list(h->counter, h->key, true, clock_boot() +
		    engine_part(h->lease.ttl, PARTS, 0, COUNT_MS),
		    waiter_count, h, &ignored);
	figures_tell(h);
}

void
figures_left(struct hold *h)
{
	struct metrics *m = &h->page->metrics;
	struct fault ignored;

	m->counted[METRICS_LOSSES] += m->held;
	m->held = m->waiting = false;
	m->waiters = 0;
	metrics_write(m, &ignored);
	*m->path = '\0';
}
