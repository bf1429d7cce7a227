/*
 * tenure.c: how an instance begins and ends, and the slot with the last one.
 */
#include <bsd/unistd.h>
#include <signal.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/doubt.h"
#include "cli/keeper/lent.h"
#include "cli/keeper/line.h"
#include "cli/keeper/listener.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/points.h"
#include "cli/slot/lockfile.h"
#include "cli/slot/owner.h"

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
	doubt_end(k);
	listener_back(k);
	reply_ended(k);
}

/* Everything that others may look for goes, under the lock. */
void
tenure_release(struct keeper *k)
{
	struct claim *c = k->c;

	if (k->state == VACANT)
		return;
	point("release-begin");
	k->state = VACANT;
	/* First of all: whoever finds the slot free takes it next. */
	lent_back(k);
	lockfile_release(&c->file);
	claim_release(c);
	io_close(&c->listen);
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
	log_note(&k->log, k->c->info.owner.pid, "has ended; who waits is next",
	    NULL, -1);
	tenure_tell(k);
	k->state = PASSING;
	k->tenure.trial = 0;
}

void
tenure_guard(struct keeper *k)
{
	io_close(&k->tenure.guard);
	k->tenure.guard_dim = owner_open(&k->c->info.guard,
	    &k->tenure.guard) == OWNER_UNKNOWN;
}

bool
tenure_guarded(const struct keeper *k)
{
	return k->tenure.guard >= 0 && !owner_ended(k->tenure.guard);
}

void
tenure_ending(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (t->ending)
		return;
	t->ending = true;
	/* It may be waiting before it begins the program again. */
	if (t->guard >= 0 && k->state == HELD)
		owner_signal(t->guard, SIGTERM);
}

void
tenure_over(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (t->guard_dim)
		tenure_guard(k);
	if (t->guard_dim) {
		t->looks++;
		return;
	}
	if (!tenure_guarded(k)) {
		tenure_end(k);
		return;
	}
	if (k->state != HELD)
		log_note(&k->log, k->c->info.owner.pid, "has ended; its parent"
		    " holds the slot", NULL, -1);
	k->state = HELD;
	t->trial = 0;
	if (t->ending)
		owner_signal(t->guard, SIGTERM);
}

void
tenure_begin(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	log_note(&k->log, k->c->info.owner.pid, "is the instance now", NULL,
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
