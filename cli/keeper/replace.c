/*
 * replace.c: the owner is told to end for the one that replaces it.
 */
#include <errno.h>
#include <signal.h>

#include "cli/clock.h"
#include "cli/keeper/client.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/line.h"
#include "cli/keeper/replace.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/keeper/tenure.h"
#include "cli/slot/job.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum {
	LOOK_MS = 20, LOOK_MOST_MS = 500, /* at what goes with the owner */
	LOOKS = 100, /* until none is new */
	LEAST_MS = 500 /* for windows that have been asked to close */
};

enum leave { WAIT, GO, STAYS };

/* Begin with its windows. */
static void
windows_ask(struct keeper *k, struct press *p, pid_t owner, bool forced)
{
	p->asked = owner;
	p->asks = false;
	p->press_at = clock_now();
	if (forced && p->polite_ms <= 0)
		return;
	/* A display that hangs takes its time from this too. */
	if (closing_start(k))
		p->press_at += p->polite_ms > LEAST_MS ? p->polite_ms :
		    LEAST_MS;
}

/* Whether the owner may be told to end: its windows have been asked to close,
 * and have had the time that the replacement gives.  Its user may have work to
 * save: while he is asked, only a replacement that kills
 * goes on.  WAIT, GO, STAYS. */
static enum leave
windows_leave(struct keeper *k, struct press *p, pid_t owner, bool forced)
{
	const struct closing *c = &k->closing;
	bool known;

	if (p->asked != owner)
		windows_ask(k, p, owner, forced);
	known = c->step > CLOSING_ASK;
	if (known && (c->status == CLOSED_NONE ||
	    (forced && c->status == CLOSED_MUTE)))
		return GO;
	if (!forced && known) {
		if (c->status == CLOSED_REFUSED || c->status == CLOSED_MUTE)
			return STAYS;
		if (c->status == CLOSED_QUESTION) {
			p->asks = true;
			return WAIT;
		}
		if (p->asks) /* answered, and they are closed */
			p->press_at = clock_now() + p->polite_ms;
		p->asks = false;
	}
	return clock_now() >= p->press_at ? GO : WAIT;
}

/* When it is killed, after it was told to end: as the replacement wants, else
 * as the first launch did.  -1: never. */
static int
kill_ms(const struct keeper *k, const struct press *p)
{
	return p->kill_ms >= 0 ? p->kill_ms : k->c->info.terms.kill_ms;
}

/* All that would replace it get their answer: its user has given it. */
static void
replacements_refuse(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->stage != QUEUED || cl->waiter.mode != WAIT_REPLACE ||
		    kill_ms(k, &cl->waiter.press) >= 0)
			continue;
		reply_refuse(k, cl, EXIT_BUSY, k->closing.status ==
		    CLOSED_MUTE ? CLOSED_MUTE_WHY : CLOSED_REFUSED_WHY);
	}
}

/* Tell all that goes with it, until none is new. */
static void
job_press(struct keeper *k)
{
	int looks = 0;

	do
		job_signal(&k->job, k->job.sig);
	while (job_look(&k->job, k->c->root, k->c->slot->name,
	    &k->c->info) == 0 && k->job.fresh && ++looks < LOOKS);
}

/* The owner is told to end, and what goes with it.  -1: errno. */
static int
owner_press(struct keeper *k, const struct client *cl, int sig)
{
	const struct press *p = &cl->waiter.press;
	const struct info *i = &k->c->info;
	pid_t owner = i->owner.pid;
	bool had = job_had(&k->job, owner);

	job_begin(&k->job, i, owner, p->tree ? ENDS_TREE : ENDS_MAIN);
	k->job.but = cl->pid;
	k->job_ms = LOOK_MS;
	if (had)
		return 0;
	/* A look at all processes costs: none where it is for nothing. */
	if (k->job.ends != ENDS_MAIN)
		job_look(&k->job, k->c->root, k->c->slot->name, i);
	job_told(&k->job, sig);
	if (owner_signal(k->c->pidfd, sig) < 0 && errno != ESRCH)
		return -1;
	if (k->job.ends != ENDS_MAIN)
		job_press(k);
	return 0;
}

/* The owner that is to be replaced is told to end, once; and killed after the
 * time that the replacement gives, if it does. */
void
replace_press(struct keeper *k)
{
	struct client *cl = k->state == OWNED || k->state == HELD ||
	    k->state == PASSING ? line_first(k) : NULL;
	const struct terms *terms = &k->c->info.terms;
	pid_t owner = k->c->info.owner.pid;
	struct press *p;
	enum leave leave;
	int sig, ms;

	if (!cl || cl->waiter.mode != WAIT_REPLACE || k->tenure.unseen)
		return;
	p = &cl->waiter.press;
	if (k->state == HELD) {
		tenure_ending(k);
		return;
	}
	if (k->state == OWNED && p->pressed != owner) {
		tenure_ending(k);
		ms = kill_ms(k, p);
		leave = windows_leave(k, p, owner, ms >= 0);
		if (leave == STAYS)
			replacements_refuse(k);
		if (leave != GO)
			return;
		/* Its own wish, else that of the first launch. */
		sig = p->stop_signal ? p->stop_signal : terms->stop_signal;
		if (owner_press(k, cl, sig ? sig : SIGTERM) < 0) {
			reply_refuse(k, cl, EXIT_DENIED,
			    "cannot signal the instance");
			return;
		}
		p->pressed = owner;
		p->kill_at = ms < 0 ? 0 : clock_now() + ms;
	}
	if (p->kill_at && p->kill_at <= clock_now()) {
		if (k->state == OWNED)
			owner_signal(k->c->pidfd, SIGKILL);
		job_signal(&k->job, SIGKILL);
		p->kill_at = 0;
	}
}

bool
replace_done(struct keeper *k)
{
	const struct client *cl = line_first(k);

	/* One that has gone meanwhile leaves it to itself. */
	if (k->job.ends == ENDS_MAIN || !cl ||
	    cl->waiter.mode != WAIT_REPLACE || !cl->waiter.press.pressed)
		job_free(&k->job);
	if (!k->job.owner)
		return true;
	job_press(k);
	if (!job_over(&k->job)) {
		if (k->job_ms < LOOK_MOST_MS)
			k->job_ms += k->job_ms / 2;
		return false;
	}
	job_free(&k->job);
	return true;
}

long long
replace_due(const struct keeper *k)
{
	const struct client *cl = k->state == OWNED || k->job.owner ?
	    line_first(k) : NULL;
	const struct press *p = cl ? &cl->waiter.press : NULL;
	long long due;

	if (!p || k->tenure.unseen)
		return 0;
	if (p->pressed != k->c->info.owner.pid)
		return k->state == OWNED && !p->asks ? p->press_at : 0;
	due = k->job.ends == ENDS_MAIN ? 0 : clock_now() + k->job_ms;
	return p->kill_at && (!due || p->kill_at < due) ? p->kill_at : due;
}
