/*
 * lease.c: when to renew our lease, and when to act on its end.
 */
#include <limits.h>

#include "cli/base/clock.h"
#include "cli/base/points.h"
#include "cli/cluster/hold.h"

enum { MARGIN_MS = 200, RETRY_MS = 100, LEAST_MS = 250, LATE_MS = 3000 };

/* Until the first renewal, and the first after trouble, which all hosts had:
 * less than the others, and not the same on all. */
static long long
first_pause(const struct lease *l)
{
	return engine_spread(l->ttl / (LEASE_PARTS + 1));
}

void
lease_begin(struct lease *l, const struct engine_grant *g, long long grace)
{
	l->token = g->token;
	l->ttl = g->ttl;
	l->until = g->until;
	l->grace = grace >= 0 && grace <= l->ttl / 2 ? grace :
	    l->ttl / LEASE_PARTS;
	l->next = l->until - l->ttl + first_pause(l);
	l->trouble = l->refused = false;
	lease_margin(l, 0);
}

void
lease_margin(struct lease *l, long long needs)
{
	l->margin = engine_part(l->ttl, 10, 0, MARGIN_MS);
	if (l->margin < needs)
		l->margin = needs;
	if (l->margin > l->ttl / LEASE_PARTS)
		l->margin = l->ttl / LEASE_PARTS;
}

long long
lease_kill(const struct lease *l)
{
	return l->until - l->margin;
}

long long
lease_term(const struct lease *l)
{
	long long kill = lease_kill(l), term = l->until - l->grace;

	return term < kill ? term : kill;
}

enum engine_result
lease_renew(struct lease *l, long long other)
{
	long long now = clock_boot(), end, until;
	enum engine_result r;

	if (now < l->next)
		return ENGINE_OK;
	/* A member that does not respond must not take all the time that is
	 * left.  Once the lease is over (stop, warn), it gets more. */
	end = now + (now >= lease_kill(l) ? LATE_MS :
	    engine_part(l->ttl, 6, LEAST_MS, LLONG_MAX));
	if (end > other)
		end = other;
	point_reach("lease-renew");
	r = l->calls->renew(l->engine, end, &until, &l->why);
	point_reach("lease-renewed");
	if (r == ENGINE_OK) {
		/* A later answer never shortens what was granted. */
		if (until > l->until)
			l->until = until;
		l->next = now + (l->trouble ? first_pause(l) :
		    l->ttl / LEASE_PARTS);
		l->trouble = l->refused = false;
		return r;
	}
	if (r == ENGINE_LOST)
		return r;
	l->trouble = true;
	l->refused = r != ENGINE_DOWN;
	l->next = clock_boot() + engine_spread(RETRY_MS);
	return ENGINE_DOWN;
}

enum engine_result
lease_use(struct lease *l, long long other)
{
	enum engine_result r = lease_renew(l, other);

	if (r == ENGINE_OK && clock_boot() < lease_term(l))
		return r;
	if (r != ENGINE_DOWN)
		fault_set(&l->why, 0, l->calls->name, " answers so late that"
		    " the lease is over", NULL);
	return ENGINE_DOWN;
}
