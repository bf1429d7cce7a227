/*
 * replace.c: end the owner for a launch that replaces it.
 *
 * The replacing launch that is first in line decides how.  The steps: make room
 * for its record; ask the windows to close, and wait for them; send the signal;
 * if a time is set, kill after it.  Nothing is ended before there is room for
 * the record, and, unless the launch kills, nothing while the program asks its
 * user something.  Each step is taken once for each owner.
 */
#include <errno.h>
#include <signal.h>

#include "cli/base/clock.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/queue.h"
#include "cli/core/keeper/replace.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/tenure.h"
#include "cli/core/slot/job.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

enum {
	LOOK_MS = 20, LOOK_MOST_MS = 500, /* between looks at the processes */
	LOOKS = 100, /* at most, until no process is new */
	LEAST_MS = 500 /* for windows that have been asked to close */
};

enum leave { WAIT, GO, STAYS };

/* Ask the owner's windows to close, and set how long to wait for them. */
static void
windows_ask(struct keeper *k, struct press *p, pid_t owner, bool forced)
{
	p->asked = owner;
	p->asks = false;
	p->press_at = clock_now();
	if (forced && p->polite_ms <= 0)
		return;
	/* This time runs, too, if the display does not respond. */
	if (closing_start(k))
		p->press_at += p->polite_ms > LEAST_MS ? p->polite_ms :
		    LEAST_MS;
}

/* Whether the owner may be told to end (GO): its windows were asked to close,
 * and have had the time that the replacing launch gives.  Its user may have
 * work to save: while the program asks, a launch that does not kill has to
 * WAIT.  STAYS: the user has declined, or there may be windows that cannot be
 * asked. */
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
		if (p->asks) /* answered, and the windows are closed */
			p->press_at = clock_now() + p->polite_ms;
		p->asks = false;
	}
	return clock_now() >= p->press_at ? GO : WAIT;
}

/* Time from telling the owner to end until it is killed, in ms: the replacing
 * launch's, else the first launch's. -1: never. */
static int
kill_ms(const struct keeper *k, const struct press *p)
{
	return p->kill_ms >= 0 ? p->kill_ms : k->c->info.terms.kill_ms;
}

/* Refuse all replacing launches that do not kill: the user has declined, or the
 * windows cannot be asked. */
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

/* Signal all processes that end with the owner, until no process is new. */
static void
job_press(struct keeper *k)
{
	int looks = 0;

	do
		job_signal(&k->job, k->job.sig);
	while (job_look(&k->job, k->c->root, k->c->slot->name,
	    &k->c->info) == 0 && k->job.fresh && ++looks < LOOKS);
}

/* Tell the owner, and what ends with it, to end. -1: errno. */
static int
owner_press(struct keeper *k, const struct client *cl, int sig)
{
	const struct press *p = &cl->waiter.press;
	const struct info *i = &k->c->info;
	pid_t owner = i->owner.pid;
	bool had = job_was_signalled(&k->job, owner);

	job_begin(&k->job, i, owner, p->tree ? ENDS_TREE : ENDS_MAIN);
	k->job.but = cl->pid;
	k->job_ms = LOOK_MS;
	if (had)
		return 0;
	/* A look at all processes is slow: only if more than the owner ends. */
	if (k->job.ends != ENDS_MAIN)
		job_look(&k->job, k->c->root, k->c->slot->name, i);
	job_signalled(&k->job, sig);
	if (owner_end(k->c->pidfd, sig, i->terms.cluster) < 0 &&
	    errno != ESRCH)
		return -1;
	if (k->job.ends != ENDS_MAIN)
		job_press(k);
	return 0;
}

/* Tell the owner that is to be replaced to end, once; kill it after kill_ms, if
 * that is set. */
void
replace_press(struct keeper *k)
{
	struct client *cl = k->state == OWNED || k->state == RESTART_PAUSE ||
	    k->state == HANDING_OVER ? line_first(k) : NULL;
	const struct terms *terms = &k->c->info.terms;
	pid_t owner = k->c->info.owner.pid;
	struct press *p;
	struct fault f;
	enum leave leave;
	int sig, ms;

	if (!cl || cl->waiter.mode != WAIT_REPLACE || k->tenure.unseen)
		return;
	p = &cl->waiter.press;
	/* Make room for the record before anything is ended. */
	if (p->roomy != owner && k->state != HANDING_OVER) {
		if (line_room(k, cl, &f) < 0) {
			fault_more(&f, "; what runs was not ended", NULL);
			reply_refuse(k, cl, f.code, f.line);
			return;
		}
		p->roomy = owner;
	}
	if (k->state == RESTART_PAUSE) {
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
		/* The replacing launch's signal, else the first launch's. */
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

	/* If the replacing launch has gone, the owner's processes are left
	 * alone. */
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
	clock_earlier(&due, p->kill_at);
	return due;
}
