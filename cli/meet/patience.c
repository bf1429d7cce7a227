/*
 * patience.c: how long, and how often, something is tried again.
 */
#include <string.h>

#include "cli/clock.h"
#include "cli/meet/patience.h"

enum {
	LAST_MS = 200, /* for a last look */
	PAUSE_FIRST_US = 100,
	PAUSE_LAST_US = 25000,
	REVIVALS = 20
};

void
patience_begin(struct patience *p)
{
	memset(p, 0, sizeof(*p));
	p->pause = PAUSE_FIRST_US;
}

long long
patience_end(struct patience *p)
{
	if (!p->end)
		p->end = clock_now() + PATIENCE_MS;
	return p->end;
}

void
patience_renew(struct patience *p)
{
	p->end = clock_now() + PATIENCE_MS;
	p->last = false;
}

void
patience_pause(struct patience *p)
{
	clock_sleep(p->pause);
	if (p->pause < PAUSE_LAST_US)
		p->pause *= 2;
}

int
patience_left(struct patience *p)
{
	long long now;

	if (!p->end) {
		patience_end(p);
		return PATIENCE_MS;
	}
	now = clock_now();
	/* It may be we who were stopped, or the machine asleep: look again. */
	if (now >= p->end && !p->last) {
		p->last = true;
		p->end = now + LAST_MS;
	}
	return now < p->end ? (int)(p->end - now) : 0;
}

bool
patience_revived(struct patience *p)
{
	return ++p->revivals <= REVIVALS;
}
