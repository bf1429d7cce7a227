/*
 * release.c: the instance has ended: its key is given back, or held back.
 */
#include <sys/wait.h>

#include "cli/base/clock.h"
#include "cli/cluster/hold.h"
#include "cli/cluster/letters.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"

enum { STATUS_MS = 300, GIVE_MS = 4000, LATE_MS = 1000 };

/* The launch knows how its program ended, but may tell it a moment later. */
static void
status_await(struct hold *h)
{
	long long until = clock_boot() + STATUS_MS;
	struct frame m;
	int left;

	while (!h->status_known && (left = clock_boot_left(until)) &&
	    hold_hear(h, &m, left, NULL) > 0) {
		if ((int)m.type == TALK_STATUS) {
			h->status = (int)fields_num(&m.body, "status", 0);
			h->status_known = true;
		}
		hold_shift(h, &m);
	}
}

/* Make the record that others read while the key is held back. */
static void
done_make(struct hold *h)
{
	h->mine.done = true;
	h->mine.ended = clock_wall();
	h->mine.exit = h->status_known ? proc_status(h->status) : -1;
	record_make(&h->mine, h->value);
}

void
hold_release(struct hold *h)
{
	long long until = clock_boot() + GIVE_MS;
	enum engine_result r;
	struct fault f = { 0 };

	status_await(h);
	done_make(h);
	/* After that the lease has ended by itself. */
	if (until > h->lease.until)
		until = h->lease.until;
	/* Use half of the time for letters: the rest is for the key itself. */
	letters_answer(h, clock_boot_half(until));
	point("cluster-release");
	/* If the key was lost, the program did not end as it should: hold
	 * nothing back. */
	r = h->calls->release(h->engine, h->lost ? 0 : h->wish.hold, h->value,
	    until, &f);
	point("cluster-released");
	talk_line(h->launch, TALK_RELEASED, r == ENGINE_OK || h->lost ? NULL :
	    r == ENGINE_LOST ? "its lease was gone" : f.line);
	/* Answer letters that were sent while the key was still there, and
	 * those for which there was no time above. */
	letters_answer(h, clock_boot() + LATE_MS);
	letters_end(h);
}
