/*
 * settle.c: who owns the slot when its owner has ended.
 *
 * Who cannot be seen has not ended: while the system does not let us look the
 * slot is kept, and we look again.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <bsd/unistd.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/compat.h"
#include "cli/io.h"
#include "cli/keeper/client.h"
#include "cli/keeper/newowner.h"
#include "cli/keeper/past.h"
#include "cli/keeper/settle.h"
#include "cli/keeper/state.h"
#include "cli/keeper/successor.h"
#include "cli/keeper/tenure.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/folder.h"
#include "cli/slot/heir.h"
#include "cli/slot/holder.h"
#include "cli/slot/image.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum { LOOKS = 10, LOOK_MS = 20, LOOK_LATER_MS = 500,
	LOOKS_SCARCE = 60 }; /* half a minute, for what is scarce */

/*
 * The wait status of the owner.  Linux 6.15 tells it once the process is
 * reaped, and before that the zombie's own record does: whichever comes.
 * False: not known.
 */
static bool
status_get(const struct keeper *k, int *status)
{
	for (int i = 0; i < 3; i++) {
		struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };
		struct proc p;

		if (!point_old("exitinfo") &&
		    ioctl(k->c->pidfd, PIDFD_GET_INFO, &info) == 0 &&
		    info.mask & PIDFD_INFO_EXIT) {
			*status = info.exit_code;
			return true;
		}
		if (proc_read(k->c->info.owner.pid, &p) == 0 &&
		    p.state == 'Z') {
			*status = p.status;
			return true;
		}
	}
	return false;
}

static void
close_but(const int *fds, int n)
{
	int last = -1;
	bool stays;

	for (int i = 0; i < n; i++)
		last = fds[i] > last ? fds[i] : last;
	for (int fd = 0; fd < last; fd++) {
		stays = false;
		for (int i = 0; i < n; i++)
			stays |= fds[i] == fd;
		if (!stays)
			close(fd);
	}
	closefrom(last + 1);
}

/*
 * A process that we cannot see (not dumpable) holds the image: a process of
 * ours waits for the lock, and its end stands for the owner's.  Where there can
 * be none we look again.
 */
static void
stand_in_start(struct keeper *k)
{
	int images[1 + IMAGE_PAST], n = past_images(k, images);
	pid_t pid = fork();
	struct owner unseen = { 0 };
	int pidfd;

	if (pid == 0) {
		/* It must not keep the slot, or a client, when the keeper is
		 * killed. */
		close_but(images, n);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != k->c->info.keeper)
			_exit(0);
		/* The write lock is to be had when nobody holds the image. */
		for (int i = 0; i < n; i++) {
			if (images[i] >= 0)
				image_wait(images[i]);
		}
		_exit(0);
	}
	if (pid < 0)
		return;
	pidfd = owner_pidfd(pid);
	if (pidfd < 0) {
		kill(pid, SIGKILL);
		return;
	}
	newowner_set(k, &unseen, pidfd);
}

/* A handler goes on as the instance.  It has no image, as a program without the
 * shim has none: the old one is for copies of the old instance. */
static bool
successor_settle(struct keeper *k)
{
	struct claim *c = k->c;
	struct handler *h;
	struct owner owner;
	int pidfd;
	pid_t pid = successor_find(k, &h, &pidfd);

	if (!pid)
		return false;
	if (pid < 0 || !newowner_read(k, pid, pidfd, &owner)) {
		io_close(&pidfd);
		newowner_later(k);
		return true;
	}
	successor_take(k, h);
	tenure_tell(k);
	io_close(&c->image);
	past_forget(k);
	unlinkat(c->folder, FILE_IMAGE, 0);
	unlinkat(c->folder, FILE_HAND, 0);
	c->info.first = pid;
	c->info.since = clock_wall();
	newowner_set(k, &owner, pidfd);
	return true;
}

/* Nobody is its heir. */
static void
over(struct keeper *k)
{
	if (!successor_settle(k))
		tenure_over(k);
}

/* The slot is for the whole tree: what is left of it, the oldest first. */
static void
tree_settle(struct keeper *k)
{
	struct claim *c = k->c;
	int pidfd;
	pid_t pid = 0;

	for (int i = 0; i < LOOKS; i++) {
		pid = holder_rest(c->root, c->slot->name, &c->info, &pidfd);
		if (pid <= 0)
			break;
		if (pidfd >= 0 && newowner_take(k, pid, pidfd)) {
			k->tenure.trial = 0;
			return;
		}
	}
	if (pid) {
		if (k->state != HELD || !tenure_guarded(k)) {
			k->state = SETTLING;
			k->tenure.looks++;
		}
		return;
	}
	/* One that is just executing shows no environment: look again. */
	if (k->state == SETTLING && k->tenure.looks++ < LOOKS)
		return;
	if (k->state != HELD)
		over(k);
}

static enum heir_result
heir_look(struct keeper *k, pid_t *heir)
{
	const struct tenure *t = &k->tenure;
	struct heir_death death = { .status_known = t->status_known,
		.status = t->status, .ended = t->late ? -1 : t->ended };
	int images[1 + IMAGE_PAST], n = past_images(k, images);

	return heir_find(images, n, &k->c->info, &death, heir);
}

static void
heir_settle(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;
	enum heir_result found;
	int pidfd;
	pid_t heir;

	t->status_known = !t->unseen && status_get(k, &t->status);
	/* Its parent, or the kernel, is about to tell. */
	if (!t->status_known && client_first(k, JOINING) && t->looks++ < LOOKS)
		return;
	if (c->info.terms.lifetime == LIFETIME_TREE) {
		tree_settle(k);
		return;
	}
	/* A stand-in that was killed does not say whom it stood for. */
	if ((c->image < 0 && !k->past.n) ||
	    c->info.terms.lifetime == LIFETIME_MAIN) {
		over(k);
		return;
	}
	point("settle");
	found = heir_look(k, &heir);
	t->hidden = found == HEIR_HIDDEN ? t->hidden + 1 : 0;
	switch (found) {
	case HEIR_FOUND:
		pidfd = owner_pidfd(heir);
		if (pidfd >= 0 && image_mapped(c->image, &c->info.all, heir) &&
		    ours(heir))
			newowner_take(k, heir, pidfd);
		else
			io_close(&pidfd); /* ended too: look again */
		break;
	case HEIR_HIDDEN:
	case HEIR_UNKNOWN: /* what is scarce now may be there soon */
		break;
	case HEIR_NONE:
		over(k);
		return;
	}
	/* Counted by time: each client that cannot be accepted is a round. */
	if (t->looks <= LOOKS || clock_now() >= t->again) {
		t->looks++;
		t->again = clock_now() + LOOK_LATER_MS;
	}
	if (k->state == SETTLING && (t->looks >= LOOKS_SCARCE ||
	    t->hidden >= LOOKS))
		stand_in_start(k);
}

/* Whether our process stands in for nobody: who could not be seen is seen now,
 * or was only about to end. */
static bool
stand_in_idle(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	enum heir_result found;
	pid_t heir;

	if (clock_now() < t->again)
		return false;
	t->again = clock_now() + LOOK_MS;
	found = heir_look(k, &heir);
	return found == HEIR_FOUND || found == HEIR_NONE;
}

void
settle_check(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (k->state == OWNED && owner_ended(k->c->pidfd)) {
		k->state = SETTLING;
		t->ended = clock_boot();
		t->looks = t->hidden = 0;
		t->trial = 0;
	} else if (k->state == OWNED && t->trial && newowner_lost(k)) {
		k->state = SETTLING; /* the other copies are asked */
		t->trial = 0;
	} else if (k->state == OWNED && t->unseen && stand_in_idle(k)) {
		owner_signal(k->c->pidfd, SIGKILL);
		k->state = SETTLING;
		t->looks = t->hidden = 0;
	}
	if (k->state == SETTLING)
		heir_settle(k);
	if (k->state == HELD && k->c->info.terms.lifetime == LIFETIME_TREE)
		tree_settle(k); /* one that was not seen may be there */
	if (k->state == HELD && !tenure_guarded(k) && !successor_settle(k))
		tenure_end(k);
}

long long
settle_due(const struct keeper *k)
{
	return k->state != SETTLING ? 0 : clock_now() +
	    (k->tenure.looks <= LOOKS ? LOOK_MS : LOOK_LATER_MS);
}
