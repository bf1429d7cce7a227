/*
 * oracle_every.c: a job with --every runs if it is due, and only then.
 */
#include <time.h>

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
		    in->first_end + (SOON + world.slow_end) * MS < l->due))
			return in->launch;
	}
	return NULL;
}

void
oracle_due(const struct launch *l)
{
	enum { SLACK = 300 }; /* it may look for what the last one left */
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

/* The time behind this word, in s of the world's clock since its start. */
static long long
time_after(const char *text, const char *word)
{
	const char *at = strstr(text, word);
	struct tm tm = { .tm_sec = 0 };

	if (!at || !strptime(at + strlen(word), "%Y-%m-%d %H:%M:%S", &tm))
		wrong("says no time: %s", text);
	return timegm(&tm) - WALL / SECOND;
}

void
oracle_dates(const struct launch *l, const char *text, int document)
{
	long long due = time_after(text, "until ");
	long long began = time_after(text, "started at ");
	long long least = l->asks.every / SECOND;
	bool any = false;

	for (int i = 0; i < world.instances; i++) {
		const struct launch *k = world.instance[i].launch;

		any |= k->origin == document && k->asks.every &&
		    k->key == l->key && k->due / SECOND <= began &&
		    world.instance[i].started / SECOND >= began;
	}
	/* The program itself, as a handler, may be there in its place; or before it,
	 * if it had no processor. */
	if (!any && !(world.again && (has_stops() || world.unfair)))
		wrong("says that doc%d has run, at %lld s", document, began);
	if (due < began + least || due > began + least + 1)
		wrong("says that it is due at %lld s, and not %lld s after"
		    " %lld s", due, least, began);
}
