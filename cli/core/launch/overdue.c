/*
 * overdue.c: --overdue=TIME: an instance that has run for too long.
 *
 * The record has its start by the wall clock, which may have been set since: a
 * machine without a battery clock boots in 1970.  So the result is at most the
 * age of the process, or the uptime; if the clock was set back, that age is the
 * result.
 */
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/overdue.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/wait.h"
#include "cli/core/meet/hand.h"

bool
overdue_is(const struct launch *l, long long since, const struct info *i)
{
	long long ran, most;
	struct proc p;

	if (l->replaced)
		return false;
	most = clock_boot();
	ran = clock_wall() - since;
	/* A copy of a daemon is younger than the instance. */
	if (i && i->owner.pid == i->first && look_proc(i->first, &p) == 0)
		most -= proc_began(&p);
	if (ran < 0 || ran > most)
		ran = most;
	return since > 0 && ran > l->o->overdue_ms;
}

enum hand_result
overdue_replace(struct launch *l, long long since, int *status,
    struct fault *f)
{
	const struct options *given = l->o;
	struct options replacing = *given;
	bool asks_lock = l->meeting.asks_lock;
	enum hand_result r;

	replacing.policy = POLICY_REPLACE;
	replacing.limit_ms = replace_ms(given->terms.kill_ms);
	l->o = &replacing;
	l->replaced = since;
	l->meeting.asks_lock = false;
	r = wait_replace(l, status, f);
	l->o = given;
	l->meeting.asks_lock = asks_lock;
	return r;
}
