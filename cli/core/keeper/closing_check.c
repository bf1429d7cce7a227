/*
 * closing_check.c: decide when a launch that activates a graphical program is
 * done: when the program shows a window, or need not show one.
 *
 * A program whose window was just closed keeps running for a while: it saves
 * its data or cleans up.  Arguments that it gets in that time are lost when it
 * exits, and no window appears.  So the launch waits for a window; if the
 * program exits first, it has taken nothing, and the launch starts over.
 *
 * It waits longer than SHOW_MS only if the program seems to be exiting: its
 * window is gone, or the kernel is ending it.  It does not wait for a program
 * that never had a window (a player, one in a tray, one still starting).  If
 * that exits after all, the user is told which documents it was given
 * (left_tell).
 *
 * A window that was asked to close, or whose program has crashed, may still be
 * there.  So a helper (onlyone-raise --shown), which is the launch's attendant,
 * looks a moment later.  If the window does not respond, the program is busy or
 * exiting.  A handler that exited with 0 means that the program took the
 * arguments: the launch does not wait.  Without a handler there is only the
 * window to go by.
 */
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/owner.h"
#include "cli/windows/outcome.h"

enum {
	SETTLE_MS = 300,  /* for a window that was asked to close */
	REFUSED_MS = 1400, /* for an instance to exit if its handler, the
	                    * program itself, reports that it took nothing */
	LOOK_MS = 200     /* between two looks for a window */
};

/* Whether the owner is stopped. */
static bool
is_stopped(const struct keeper *k)
{
	return proc_state(k->c->info.owner.pid) == 'T';
}

void
window_answer(struct keeper *k, struct client *cl, int status, bool taken)
{
	struct caller *c = &cl->caller;
	const struct terms *terms = &k->c->info.terms;
	/* The instance that it was for is over; there may be another one. */
	bool over = k->state == VACANT || c->since != k->c->info.since;
	bool dying = false;
	/* A failed handler that is the program itself counts, too: it may have
	 * met an instance that was exiting. */
	bool failed = status && !(terms->self && c->shows);
	/* A handler or the signal may end the program on purpose: then its exit
	 * does not count as dying. */
	bool shows = c->shows || (!taken && !terms->signal);

	c->status = status;
	c->taken = taken;
	if (!failed && shows && !over && k->state == OWNED &&
	    !k->tenure.unseen)
		dying = owner_ending(k->c->pidfd, k->c->info.owner.pid);
	if (failed || (!c->shows && !dying) || k->tenure.forgotten ||
	    (!over && !dying && is_stopped(k))) {
		raise_answer(k, cl, status, taken);
	} else if (over) {
		reply_last(k, cl, FRAME_AGAIN);
	} else {
		client_unattend(cl);
		client_stage(cl, SHOWING);
		if (status)
			cl->deadline += REFUSED_MS;
		/* If it has had no window so far, none was asked to close. */
		c->settled = k->graphical.seen;
		c->look = dying ? 0 : clock_now() + (status ? REFUSED_MS :
		    c->settled ? SETTLE_MS : 0);
	}
}

/* Stop waiting for a window: there is one, or none is needed any more. */
static void
window_shown(struct keeper *k, struct client *cl)
{
	raise_answer(k, cl, cl->caller.status, cl->caller.taken);
}

/* Let a launch go before it is clear that the program keeps running. */
static void
launch_leave(struct keeper *k, struct client *cl)
{
	const char *given = cl->caller.given;
	struct left *l = &k->left;
	size_t n = clock_now() < l->until ? strlen(l->what) : 0;
	struct text t = text_in(l->what + n, sizeof(l->what) - n);

	if (given)
		l->until = clock_now() + WINDOW_MS;
	if (given && *given && cl->caller.taken)
		text_all(&t, n ? ", " : "", given, NULL);
	window_shown(k, cl);
}

void
left_tell(struct keeper *k)
{
	struct left *l = &k->left;

	/* Its user ended it on purpose. */
	if (clock_now() < l->until && !k->tenure.ending &&
	    !k->closing.wanted) {
		history_note(&k->log, k->c->info.owner.pid,
		    "exited soon after a launch", *l->what ? l->what : NULL,
		    -1);
		helper_tell(k, l->what);
	}
	l->until = 0;
}

/* Whether a launch has a reason to wait longer than a moment. */
static bool
is_closing(const struct keeper *k, const struct caller *c)
{
	return !c->look || (c->hangs ? !c->taken : k->graphical.seen);
}

/* Whether a second start was made for a window, and has handed over: if none
 * comes within a moment, say so. */
static bool
is_reopened(const struct caller *c)
{
	return c->reopens && c->taken;
}

void
window_late(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	if (is_reopened(c)) {
		c->unshown = true;
		c->raised = OUTCOME_NO_WINDOW;
		c->tells = false;
		window_shown(k, cl);
	} else if (!is_closing(k, c)) {
		launch_leave(k, cl);
	} else if (!c->looked && c->look && cl->attendant.pid) {
		cl->deadline = clock_now() + LOOK_MS; /* we shall know */
	} else if (!c->unshown) {
		c->unshown = true;
		cl->deadline += WINDOW_MS - SHOW_MS;
		reply_unshown(k, cl);
	} else {
		/* It is running without a window. */
		k->graphical.seen &= c->hangs || !c->look;
		c->raised = c->hangs ? OUTCOME_HUNG : OUTCOME_NO_WINDOW;
		c->tells = false; /* answer at once */
		window_shown(k, cl);
	}
}

/* There is no window, but the program had one: it may be in a tray.  (A program
 * that never had one may be a server.)  For a launch without documents, start
 * the program a second time, if that hands over, to bring its window.  With
 * documents that was tried already. */
static void
window_reopen(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	if (c->reopens || c->taken || second_allowed(k, cl))
		return;
	c->reopens = true;
	if (second_allowed(k, cl))
		client_stage(cl, WAITING);
}

/* There is no window, and the program never had one.  Say so if no handler took
 * the arguments. */
static void
never_answer(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	if (!k->graphical.watched || is_reopened(c))
		return;
	c->unshown = !c->taken && k->graphical.windowless;
	if (c->unshown) {
		c->raised = OUTCOME_NO_WINDOW;
		c->tells = false;
	}
	launch_leave(k, cl);
}

/* The helper has looked: what follows for its launch. */
static void
look_over(struct keeper *k, struct client *cl, int outcome)
{
	struct caller *c = &cl->caller;

	c->look = clock_now() + LOOK_MS;
	switch (outcome) {
	case OUTCOME_HUNG: /* the window may be closing */
		graphical_window(k);
		c->looked = c->hangs = true;
		return;
	case OUTCOME_NO_WINDOW:
		c->looked = true;
		c->hangs = false;
		if (k->graphical.seen)
			window_reopen(k, cl);
		else
			never_answer(k, cl);
		return;
	case OUTCOME_RAISED:
		graphical_seen(k);
		if (!c->settled) { /* it is the first, and may be closing */
			c->settled = true;
			c->look = clock_now() + SETTLE_MS;
			return;
		}
		break;
	default:
		break;
	}
	window_shown(k, cl);
}

bool
window_reap(struct keeper *k, pid_t pid, int status)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl)) && cl->attendant.pid != pid)
		;
	if (!cl)
		return false;
	cl->attendant.pid = 0;
	look_over(k, cl, helper_outcome(status));
	return true;
}

long long
window_due(struct keeper *k)
{
	const struct client *cl = NULL;
	long long due = 0;

	while ((cl = client_at(k, SHOWING, cl))) {
		if (!cl->attendant.pid)
			clock_earlier(&due, cl->caller.look);
	}
	return due;
}

/* Look.  If its windows are gone, the helper waits for the next one. */
static void
look_start(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;
	pid_t pid = helper_shown(k, c->looked && !c->hangs &&
	    k->graphical.seen ? WINDOW_MS : 0);

	cl->attendant.pid = pid > 0 ? pid : 0;
	c->look = clock_now() + LOOK_MS; /* without a helper, try again */
}

void
window_round(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl))) {
		if (!cl->attendant.pid && cl->caller.look &&
		    cl->caller.look <= clock_now())
			look_start(k, cl);
	}
}

void
window_end(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl))) {
		if (k->tenure.forgotten) /* it has what it was given */
			window_shown(k, cl);
		else
			reply_last(k, cl, FRAME_AGAIN);
	}
}
