/*
 * oracle_every.c: a job with --every runs if it is due, and only then.
 */
#include "tests/sim/oracle.h"

/* The last run of this job, before that of l itself, which exited with 0; NULL.  sure:
 * every process can know it. */
static const struct launch *
last_run(const struct launch *l, bool sure)
{
	enum { SOON = 100 };
	const struct instance *in;

	for (int i = world.instances; i--;) {
		in = &world.instance[i];
		if (in->launch == l || in->launch->key != l->key ||
		    !in->launch->asks.every)
			continue;
		if (!sure || (!in->first && in->first_status == 0 &&
		    strchr("rxw", *in->launch->life) && !in->launch->tree &&
		    in->first_end + SOON * MS < l->due))
			return in->launch;
	}
	return NULL;
}

void
oracle_due(const struct launch *l)
{
	enum { SLACK = 100 };
	const struct launch *last = last_run(l, true);

	if (l->asks.every && last && calm() && !world.unfair && !l->handler &&
	    !launches_of(FORGET) && !launches_of(RESET) &&
	    sim_clock - last->start + SLACK * MS < l->asks.every)
		wrong("%s runs, and is not due", l->document);
}

bool
not_due(const struct launch *l)
{
	enum { SLACK = 100 };
	const struct launch *last = last_run(l, false);

	return l->asks.every && !l->ran && last &&
	    l->due - last->start < l->asks.every + SLACK * MS;
}
