/*
 * offer.c: a waiting launch gets the slot.
 *
 * When a launch's turn has come, the keeper offers it the slot (OFFER).  The
 * launch answers with the record of the next instance (TAKE), which is the
 * launch itself or its waiting child.  The keeper writes the record, and
 * answers GO.
 */
#include <errno.h>
#include <unistd.h>

#include "cli/core/launch/children.h"
#include "cli/core/launch/every.h"
#include "cli/core/launch/handover.h"
#include "cli/core/launch/locked.h"
#include "cli/core/launch/offer.h"
#include "cli/core/launch/options.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parent.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/program.h"
#include "cli/core/launch/start.h"
#include "cli/core/wire/sock.h"

int
offer_begin(struct offer *o, struct launch *l, struct fault *f)
{
	o->l = l;
	o->go = -1;
	return program_shim(l, o->path, &o->shim, f);
}

/* Choose the process that becomes the instance, unless chosen before: the
 * adopted process, a child that waits for GO, or this process.  0 or -1. */
static int
instance_choose(struct offer *o)
{
	struct launch *l = o->l;
	pid_t pid = l->adopted.pid ? l->adopted.pid : getpid();

	if (l->meeting.offered)
		return 0;
	handover_say(l);
	if (!l->adopted.pid && start_stays(l)) {
		pid = fork_begin(&l->born, &o->go);
		if (pid == 0)
			program_become_child(l, o->shim);
		if (pid < 0)
			return -1;
	}
	l->meeting.offered = pid;
	return 0;
}

enum offered
offer_take(struct offer *o, int fd, struct fault *f)
{
	struct launch *l = o->l;
	struct buf b = { 0 };
	int r;

	/* After --replace or --toggle the job must run again, whatever its
	 * status. */
	if (l->o->every_ms && !(policy_of(l->o)->flags & POLICY_ENDS)) {
		r = every_due(l, f);
		if (r <= 0)
			return r < 0 ? OFFER_FAILED : OFFER_NOT_DUE;
	}
	if (instance_choose(o) < 0)
		return OFFER_LOST;
	r = record_put(l, l->meeting.offered, o->shim != NULL, &b);
	if (r == 0)
		r = sock_send(fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	return r < 0 ? OFFER_LOST : OFFER_TAKEN;
}

int
offer_go(struct offer *o, long long since, long long old, int *status,
    struct fault *f)
{
	struct launch *l = o->l;

	/* Make the record again: a claim that failed since TAKE may have
	 * overwritten it. */
	if (record_make(l, l->meeting.offered, since) < 0)
		return l->adopted.pid && (errno == ESRCH ||
		    owner_ended(l->adopted.pidfd)) ? start_adopted_ended(l, f) :
		    fault_errno(f, EXIT_SYSTEM, errno, "cannot start", NULL);
	/* If keeper and owner died together, the application may have been
	 * sealed before the next keeper started: that seal does not list this
	 * key. */
	if (root_open(&l->place.root, f) < 0 || start_seal_ask(l, f) < 0)
		return -1;
	/* Not before: the last instance, if it goes on, ends its own run. */
	if (l->o->every_ms)
		every_begin(l);
	if (l->adopted.pid) {
		*status = 0;
		return 0;
	}
	if (o->shim && o->go < 0)
		locked_pack(l);
	if (policy_of(l->o)->flags & POLICY_ENDS && old)
		leftover_replaced(&l->place, old);
	if (o->go < 0)
		return program_become(l, o->shim, f);
	fork_go(l, &o->go);
	*status = parent_stay(l, l->meeting.offered, since);
	return 0;
}

void
offer_drop(struct offer *o)
{
	struct launch *l = o->l;

	if (o->go < 0)
		return;
	fork_forget(&l->born, &o->go, l->meeting.offered);
	l->meeting.offered = 0;
}
