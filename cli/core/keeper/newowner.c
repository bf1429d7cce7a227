/*
 * newowner.c: record a new owner of the slot, and check an uncertain one.
 */
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/newowner.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/base/points.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/successor.h"
#include "cli/core/slot/info.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"

enum { TRIAL_MS = 50, TRIAL_LAST_MS = 1000 };

/*
 * A successor that has no session of its own may have been a child of the owner
 * between fork and exec: then it soon stops mapping the slot's file.
 */
void
newowner_trial(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	const struct info *i = &k->c->info;

	t->trial = 0;
	if (t->unseen || (k->c->mapping < 0 && !k->past.n) ||
	    i->owner.pid == i->first || successor_apart(i->owner.pid, i))
		return;
	t->trial_ms = TRIAL_MS;
	t->trial = clock_now() + TRIAL_MS;
}

bool
newowner_lost(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;
	pid_t pid = c->info.owner.pid;

	if (successor_apart(pid, &c->info)) {
		t->trial = 0;
		return false;
	}
	if (mapping_left(c->mapping, &c->info.all, pid))
		return true;
	if (t->trial <= clock_now()) {
		t->trial_ms *= 2;
		t->trial = t->trial_ms > TRIAL_LAST_MS ? 0 :
		    clock_now() + t->trial_ms;
	}
	return false;
}

bool
newowner_read(struct keeper *k, pid_t pid, int pidfd, struct owner *owner)
{
	if (owner_record(owner, pid, pidfd, k->c->root->lasting) == 0)
		return true;
	tenure_later(k);
	return false;
}

void
newowner_set(struct keeper *k, const struct owner *owner, int pidfd)
{
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;

	io_close(&c->pidfd);
	c->pidfd = pidfd;
	c->info.owner = *owner;
	if (!owner->pid || successor_apart(owner->pid, &c->info))
		c->info.terminal = 0; /* it was of the old session */
	t->unseen = !owner->pid;
	point("successor-found");
	heal_record(k);
	if (!t->unseen && folder_pid_write(c->lock, owner->pid, false) < 0)
		k->heal.wanted = true;
	tenure_title(k);
	history_note(&k->log, owner->pid,
	    "is the instance now, in place of the one"
	    " that has ended", NULL, -1);
	k->state = OWNED;
	t->looks = t->hidden = 0;
	t->late = false;
	newowner_trial(k);
}

bool
newowner_take(struct keeper *k, pid_t pid, int pidfd)
{
	struct owner owner;
	bool known = newowner_read(k, pid, pidfd, &owner);

	if (known)
		newowner_set(k, &owner, pidfd);
	else
		close(pidfd);
	return known;
}
