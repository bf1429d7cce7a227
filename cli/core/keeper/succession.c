/*
 * succession.c: find the next owner of the slot when its owner has ended.
 *
 * A process that cannot be seen may live: while the system does not let us
 * look, the keeper keeps the slot and looks again.
 */
#include <sys/ioctl.h>
#include <sys/prctl.h>

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/fds.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/newowner.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/succession.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/takeover.h"
#include "cli/core/keeper/tenure.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/core/slot/successor.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/mapping.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum { LOOKS = TENURE_LOOKS, LOOK_MS = 20 };

/*
 * The wait status of the owner.  Linux 6.15 tells it through the pidfd once the
 * process is reaped; before that /proc shows the zombie's.  Try both.  False:
 * not known.
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
		if (proc_state(k->c->info.owner.pid) == 'Z' &&
		    look_proc(k->c->info.owner.pid, &p) == 0) {
			*status = p.status;
			return true;
		}
	}
	return false;
}

/*
 * If a process that we cannot see (not dumpable) maps the slot's file: fork a
 * stand-in, which waits for the lock on that file.  The stand-in's end stands
 * for the owner's.  If the fork fails, we look again.
 */
static void
stand_in_start(struct keeper *k)
{
	int mappings[1 + MAPPING_PAST], n = old_mappings_all(k, mappings);
	pid_t pid = fork();
	struct owner unseen = { 0 };
	int pidfd;

	if (pid == 0) {
		/* The stand-in must keep neither the slot's lock nor a
		 * connection open when the keeper is killed. */
		fds_keep(0, mappings, (size_t)n);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != k->c->info.keeper)
			_exit(0);
		/* The write lock is granted when no process maps the file. */
		for (int i = 0; i < n; i++) {
			if (mappings[i] >= 0)
				mapping_wait(mappings[i]);
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

/* If a handler goes on as the program, make it the new instance.  It has no
 * mapping, like a program without the shim: the old mapping is for copies of
 * the old instance.  False: there is no such handler. */
static bool
takeover_settle(struct keeper *k)
{
	struct claim *c = k->c;
	struct handler *h;
	struct owner owner;
	int pidfd;
	pid_t pid = takeover_find(k, &h, &pidfd);

	if (!pid || (pid < 0 && tenure_scarce(k)))
		return false;
	if (pid < 0 || !newowner_read(k, pid, pidfd, &owner)) {
		io_close(&pidfd);
		tenure_later(k);
		return true;
	}
	takeover_take(k, h);
	if (h && k->serving.handler == h)
		handler_pass(k);
	tenure_tell(k);
	io_close(&c->mapping);
	old_mappings_forget(k);
	unlinkat(c->folder, FILE_MAPPING, 0);
	unlinkat(c->folder, FILE_HAND, 0);
	c->info.first = pid;
	c->info.since = clock_wall();
	newowner_set(k, &owner, pidfd);
	return true;
}

/* The owner has no successor. */
static void
over(struct keeper *k)
{
	if (!takeover_settle(k))
		tenure_over(k);
}

/* LIFETIME_TREE: the oldest process that is left of the tree is the next
 * owner. */
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
	/* If looks keep failing, rely on the holding parent: it stays as long
	 * as a process of the tree is left.  A parent that was killed cannot
	 * tell. */
	if (pid > 0 || (pid < 0 && !(tenure_scarce(k) &&
	    (k->tenure.watched || tenure_has_parent(k))))) {
		if (k->state != RESTART_PAUSE || !tenure_has_parent(k))
			tenure_later(k);
		return;
	}
	/* A process inside execve(2) shows no environment mark: look again. */
	if (!pid && k->state == SEEKING_SUCCESSOR && k->tenure.looks++ < LOOKS)
		return;
	if (k->state != RESTART_PAUSE)
		over(k);
}

static enum successor_result
successor_look(struct keeper *k, pid_t *successor)
{
	const struct tenure *t = &k->tenure;
	struct successor_death death = { .status_known = t->status_known,
		.status = t->status, .ended = t->late ? -1 : t->ended };
	int mappings[1 + MAPPING_PAST], n = old_mappings_all(k, mappings);

	return successor_find(mappings, n, &k->c->info, &death, successor);
}

static void
successor_settle(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	struct claim *c = k->c;
	enum successor_result found;
	int pidfd;
	pid_t successor;

	t->status_known = !t->unseen && status_get(k, &t->status);
	/* A client waits for the exit status (JOINING): the owner's parent
	 * reaps it soon, and then the kernel tells the status. */
	if (!t->status_known && client_first(k, JOINING) && t->looks++ < LOOKS)
		return;
	if (c->info.terms.lifetime == LIFETIME_TREE) {
		tree_settle(k);
		return;
	}
	/* The end of a stand-in proves nothing, it may have been killed: look
	 * at the mapping then too. */
	if ((c->mapping < 0 && !k->past.n) ||
	    c->info.terms.lifetime == LIFETIME_MAIN) {
		over(k);
		return;
	}
	point("settle");
	found = successor_look(k, &successor);
	t->hidden = found == SUCCESSOR_HIDDEN ? t->hidden + 1 : 0;
	switch (found) {
	case SUCCESSOR_FOUND:
		pidfd = owner_pidfd(successor);
		if (pidfd >= 0 &&
		    mapping_mapped(c->mapping, &c->info.all, successor) &&
		    ours(successor))
			newowner_take(k, successor, pidfd);
		else
			io_close(&pidfd); /* it has ended too: look again */
		break;
	case SUCCESSOR_HIDDEN:
	case SUCCESSOR_UNKNOWN: /* we lacked memory or descriptors */
		break;
	case SUCCESSOR_NONE:
		over(k);
		return;
	}
	if (k->state != SEEKING_SUCCESSOR)
		return;
	tenure_later(k);
	if (tenure_scarce(k) || t->hidden >= LOOKS)
		stand_in_start(k);
}

/* Whether the stand-in is not needed any more: the process that could not be
 * seen can be seen now, or has ended. */
static bool
stand_in_idle(struct keeper *k)
{
	struct tenure *t = &k->tenure;
	enum successor_result found;
	pid_t successor;

	if (clock_now() < t->again)
		return false;
	t->again = clock_now() + LOOK_MS;
	found = successor_look(k, &successor);
	return found == SUCCESSOR_FOUND || found == SUCCESSOR_NONE;
}

void
succession_check(struct keeper *k)
{
	struct tenure *t = &k->tenure;

	if (k->state == OWNED && owner_ended(k->c->pidfd)) {
		k->state = SEEKING_SUCCESSOR;
		t->ended = clock_boot();
		t->looks = t->hidden = 0;
		t->trial = 0;
	} else if (k->state == OWNED && t->trial && newowner_lost(k)) {
		k->state = SEEKING_SUCCESSOR; /* look for another copy */
		t->trial = 0;
	} else if (k->state == OWNED && t->unseen && stand_in_idle(k)) {
		owner_signal(k->c->pidfd, SIGKILL);
		k->state = SEEKING_SUCCESSOR;
		t->looks = t->hidden = 0;
	}
	if (k->state == SEEKING_SUCCESSOR)
		successor_settle(k);
	if (k->state == RESTART_PAUSE &&
	    k->c->info.terms.lifetime == LIFETIME_TREE)
		tree_settle(k); /* we may have missed one */
	if (k->state == RESTART_PAUSE && !tenure_has_parent(k) &&
	    !takeover_settle(k))
		tenure_end(k);
}

long long
succession_due(const struct keeper *k)
{
	const struct tenure *t = &k->tenure;

	if (k->state != SEEKING_SUCCESSOR)
		return 0;
	return t->looks <= LOOKS || !t->again ? clock_now() + LOOK_MS :
	    t->again;
}
