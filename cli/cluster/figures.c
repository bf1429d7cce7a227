/*
 * figures.c: in the holder: what goes into the metrics, and when.
 */
#include <string.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"

void
figures_tell(struct hold *h)
{
	struct fault f;

	if (!metrics_write(&h->metrics, &f))
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
	h->metrics.waiters += strcmp(r.nonce, h->mine.nonce) != 0;
}

/* The lease is as it was granted, or renewed. */
void
figures_renewed(struct hold *h)
{
	enum { COUNT_MS = 500, PARTS = 12 };
	struct fault ignored;

	if (!*h->metrics.path)
		return;
	h->metrics.held = true;
	h->metrics.waiting = false;
	h->metrics.renewed = clock_wall();
	h->metrics.waiters = 0;
	/* By a handle of its own: what that hears, the other must hear, too. */
	if (h->counter)
		h->calls->list(h->counter, h->key, true, clock_boot() +
		    engine_part(h->lease.ttl, PARTS, 0, COUNT_MS),
		    waiter_count, h, &ignored);
	figures_tell(h);
}
