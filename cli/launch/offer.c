/*
 * offer.c: the slot is offered to a launch that waits for it.
 */
#include <errno.h>
#include <unistd.h>

#include "cli/launch/fork.h"
#include "cli/launch/handover.h"
#include "cli/launch/leased.h"
#include "cli/launch/leftover.h"
#include "cli/launch/locked.h"
#include "cli/launch/offer.h"
#include "cli/launch/parent.h"
#include "cli/launch/program.h"
#include "cli/launch/record.h"
#include "cli/launch/start.h"
#include "cli/points.h"
#include "cli/wire/sock.h"

int
offer_begin(struct offer *o, struct launch *l, struct fault *f)
{
	o->l = l;
	o->go = -1;
	return program_shim(l, o->path, &o->shim, f);
}

/* Who is to be the instance, if that is not settled yet.  0 or -1. */
static int
name(struct offer *o)
{
	struct launch *l = o->l;
	pid_t pid = l->held.pid ? l->held.pid : getpid();

	if (l->meeting.offered)
		return 0;
	handover_say(l);
	if (!l->held.pid && start_stays(l)) {
		pid = fork_begin(&l->born, &o->go);
		if (pid == 0) {
			leased_environ(l);
			program_become_child(l, o->shim);
		}
		if (pid < 0)
			return -1;
	} else {
		leased_environ(l);
	}
	l->meeting.offered = pid;
	return 0;
}

enum offered
offer_take(struct offer *o, int fd, struct fault *f)
{
	struct launch *l = o->l;
	struct buf b;
	int r;

	/* The keeper does not wait for long. */
	switch (leased_take(l, LEASED_OFFER_MS, f)) {
	case LEASED_OURS:
		break;
	case LEASED_BUSY:
		return OFFER_ELSEWHERE;
	case LEASED_LATER:
		return OFFER_LOST;
	default:
		return OFFER_FAILED;
	}
	if (name(o) < 0)
		return OFFER_LOST;
	if (o->go >= 0 && leased_owner(l, l->meeting.offered,
	    !start_stays_long(l), f) < 0)
		return OFFER_FAILED;
	buf_init(&b, NULL, 0);
	r = record_put(l, FRAME_TAKE, l->meeting.offered, 0,
	    o->shim != NULL, &b);
	o->since = l->meeting.claim.info.since;
	if (r == 0)
		r = sock_send(fd, b.at, b.len, NULL, 0);
	buf_free(&b);
	point("taken");
	return r < 0 ? OFFER_LOST : OFFER_TAKEN;
}

int
offer_go(struct offer *o, int *status, struct fault *f)
{
	struct launch *l = o->l;

	/* A claim that came to nothing meanwhile has taken the record. */
	if (record_make(l, l->meeting.offered, o->since) < 0)
		return fault_errno(f, EXIT_SYSTEM, errno, "cannot start",
		    NULL);
	if (l->held.pid) {
		*status = 0;
		return 0;
	}
	/* Where keeper and owner died together, a seal may have come before
	 * there was a keeper again: it knows nothing of this key. */
	if (root_open(&l->place.root, f) < 0 || start_seal_ask(l, f) < 0)
		return -1;
	if (o->shim && o->go < 0)
		locked_pack(l);
	if (l->o->policy == POLICY_REPLACE && o->queued)
		leftover_replaced(&l->place);
	if (o->go < 0)
		return program_become(l, o->shim, f);
	leased_since(l);
	fork_go(l, &o->go);
	*status = parent_stay(l, l->meeting.offered,
	    l->meeting.claim.info.since, o->shim);
	return 0;
}

/* A child that waits for the word keeps all signals from us: it goes, and
 * another one comes at the next offer. */
void
offer_drop(struct offer *o)
{
	struct launch *l = o->l;

	leased_drop(l);
	if (o->go < 0)
		return;
	fork_forget(&l->born, &o->go, l->meeting.offered);
	l->meeting.offered = 0;
}
