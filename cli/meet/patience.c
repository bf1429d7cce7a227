/*
 * patience.c: how long, and how often, something is tried again.
 */
#include <string.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/meet/patience.h"

enum {
	LAST_MS = 200, /* for a last look */
	PAUSE_FIRST_US = 100,
	PAUSE_LAST_US = 25000,
	REVIVALS = 20
};

/* Of a launch before libc's start: whoever has to begin it again goes on with
 * what is left. */
static struct patience before;

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
	before.end = 0;
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
	long long now = clock_now();

	if (!p->end && before.end && !early_on) {
		*p = before;
		before.end = 0;
	}
	if (!p->end)
		p->end = now + PATIENCE_MS;
	/* It may be we who were stopped, or the machine asleep: look again. */
	if (now >= p->end && !p->last) {
		p->last = true;
		p->end = now + LAST_MS;
	}
	if (early_on)
		before = *p;
	return now < p->end ? (int)(p->end - now) : 0;
}

bool
patience_revived(struct patience *p)
{
	return ++p->revivals <= REVIVALS;
}
