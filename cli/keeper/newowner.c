/*
 * newowner.c: the slot has a new owner.
 */
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/newowner.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/points.h"
#include "cli/slot/folder.h"
#include "cli/slot/heir.h"
#include "cli/slot/image.h"
#include "cli/slot/info_make.h"
#include "cli/slot/owner.h"

enum { TRIAL_MS = 50, TRIAL_LAST_MS = 1000 };

/*
 * An heir that has no session of its own may have been a child of the owner
 * between fork and exec: then it soon maps the image no more.
 */
void
newowner_trial(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	const struct info *i = &k->c->info;

	t->trial = 0;
	if (t->unseen || (k->c->image < 0 && !k->past.n) ||
	    i->owner.pid == i->first || heir_apart(i->owner.pid, i))
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

	if (heir_apart(pid, &c->info)) {
		t->trial = 0;
		return false;
	}
	if (image_left(c->image, &c->info.all, pid))
		return true;
	if (t->trial <= clock_now()) {
		t->trial_ms *= 2;
		t->trial = t->trial_ms > TRIAL_LAST_MS ? 0 :
		    clock_now() + t->trial_ms;
	}
	return false;
}

void
newowner_later(struct keeper *k)
{
	k->state = SETTLING;
	k->tenure.looks++;
}

bool
newowner_read(struct keeper *k, pid_t pid, int pidfd, struct owner *owner)
{
	if (owner_record(owner, pid, pidfd, k->c->root->lasting) == 0)
		return true;
	newowner_later(k);
	return false;
}

void
newowner_set(struct keeper *k, const struct owner *owner, int pidfd)
{
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;
	struct buf record;

	io_close(&c->pidfd);
	c->pidfd = pidfd;
	c->info.owner = *owner;
	t->unseen = !owner->pid;
	point("heir-found");
	buf_init(&record, NULL, 0);
	if (info_remake(&record, &c->info) == 0) {
		info_write(c->folder, &record, false);
		buf_free(&c->record);
		c->record = record;
		info_parse(record.at, record.len, &c->info);
	} else {
		buf_free(&record);
	}
	if (!t->unseen)
		folder_pid_write(c->lock, owner->pid, false);
	tenure_title(k);
	log_note(&k->log, owner->pid, "is the instance now, in place of the one"
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
