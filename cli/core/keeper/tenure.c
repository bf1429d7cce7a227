/*
 * tenure.c: how an instance begins and ends, and the slot with the last one.
 *
 * An owner that has ended without a successor leaves the slot to its holding
 * parent, if one lives (RESTART_PAUSE).  Else the instance is over: its clients
 * are answered, and the slot goes to the launches in line (HANDING_OVER) or, if
 * there are none, is released (VACANT).  The keeper keeps the slot's lock until
 * all that other processes look for is removed.
 */
#include <bsd/unistd.h>
#include <signal.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/program_lockfile.h"
#include "cli/core/keeper/listener.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/keeper/waste.h"
#include "cli/base/points.h"
#include "cli/core/slot/lockfile.h"
#include "cli/core/slot/owner.h"

enum {
	LATER_MS = 500,
	LOOKS_SCARCE = 60 /* half a minute for memory or descriptors */
};

void
tenure_title(const struct keeper *k)
{
	setproctitle("-onlyone keeper of %d", (int)k->c->info.owner.pid);
}

void
tenure_tell(struct keeper *k)
{
	raise_end(k);
	closing_end(k);
	window_end(k);
	listener_back(k);
	reply_ended(k);
}

/* While we still have the lock, remove what other processes look for. */
void
tenure_release(struct keeper *k)
{
	struct claim *c = k->c;

	if (k->state == VACANT)
		return;
	point("release-begin");
	k->state = VACANT;
	/* Unlock the lock file first: the launch that finds the slot free needs
	 * it. */
	program_lockfile_back(k);
	lockfile_release(&c->file);
	claim_release(c);
	waste_deaf(k, &c->listen);
	k->heal.wanted = false;
	tenure_tell(k);
	reply_again(k, NULL);
	claim_close(c);
}

void
tenure_end(struct keeper *k)
{
	if (!line_waits(k)) {
		tenure_release(k);
		return;
	}
	history_note(&k->log, k->c->info.owner.pid,
		    "has ended; who waits is next",
	    NULL, -1);
	tenure_tell(k);
	k->state = HANDING_OVER;
	k->tenure.trial = 0;
}

void
tenure_parent(struct keeper *k)
{
	io_close(&k->tenure.parent);
	k->tenure.watched = false;
	k->tenure.parent_dim = owner_open(&k->c->info.parent,
	    &k->tenure.parent) == OWNER_UNKNOWN;
}

bool
tenure_has_parent(const struct keeper *k)
{
	return k->tenure.parent >= 0 && !owner_ended(k->tenure.parent);
}

static void
parent_end(const struct keeper *k)
{
	if (k->tenure.parent >= 0)
		owner_end(k->tenure.parent, SIGTERM, k->c->info.terms.cluster);
}

void
tenure_ending(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (t->ending)
		return;
	t->ending = true;
	/* The parent may be pausing before it starts the program again. */
	if (k->state == RESTART_PAUSE)
		parent_end(k);
}

void
tenure_later(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	k->state = SEEKING_SUCCESSOR;
	/* Later looks count only when due: each client that cannot be accepted
	 * causes a round, and so a look. */
	if (t->looks > TENURE_LOOKS && clock_now() < t->again)
		return;
	t->looks++;
	t->again = clock_now() + point_ms("tenure-later", LATER_MS);
}

bool
tenure_scarce(const struct keeper *k)
{
	return k->tenure.looks >= LOOKS_SCARCE;
}

void
tenure_over(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (t->parent_dim)
		tenure_parent(k);
	if (t->parent_dim && !tenure_scarce(k)) {
		tenure_later(k);
		return;
	}
	if (!tenure_has_parent(k)) {
		tenure_end(k);
		return;
	}
	if (k->state != RESTART_PAUSE)
		history_note(&k->log, k->c->info.owner.pid,
		    "has ended; its parent"
		    " holds the slot", NULL, -1);
	k->state = RESTART_PAUSE;
	t->trial = 0;
	if (t->ending)
		parent_end(k);
}

void
tenure_begin(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	history_note(&k->log, k->c->info.owner.pid, "is the instance now", NULL,
	    -1);
	k->state = OWNED;
	t->unseen = false;
	t->late = false;
	t->looks = 0;
	t->trial = 0;
	t->status_known = false;
	listener_await(k);
	tenure_title(k);
}
