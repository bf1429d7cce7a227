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
 * there.  So the helper (onlyone-raise --shown) first waits a moment, then
 * looks repeatedly, while the loop goes on.  If the window does not respond,
 * the program is busy or exiting.  A handler that exited with 0 means that the
 * program took the arguments: the launch does not wait.  Without a handler
 * there is only the window to go by.
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

static void
look_start(struct keeper *k)
{
	pid_t pid = helper_shown(k, 0);

	k->window.pid = pid > 0 ? pid : 0;
	k->window.began = clock_now();
	k->window.next = k->window.began + LOOK_MS;
}

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
	bool its = c->since == k->c->info.since, dying = false;
	/* A failed handler that is the program itself counts, too: it may have
	 * met an instance that was exiting. */
	bool failed = status && !(terms->self && c->shows);
	/* A handler or the signal may end the program on purpose: then its exit
	 * does not count as dying. */
	bool shows = c->shows || (!taken && !terms->signal);

	c->status = status;
	c->taken = taken;
	if (!failed && shows && its && k->state == OWNED && !k->tenure.unseen)
		dying = owner_ending(k->c->pidfd, k->c->info.owner.pid);
	if (failed || (!c->shows && !dying) || (k->state != VACANT &&
	    (!its || (!dying && is_stopped(k))))) {
		raise_answer(k, cl, status, taken);
	} else if (k->state == VACANT) {
		reply_last(k, cl, FRAME_AGAIN);
	} else {
		client_stage(cl, SHOWING);
		if (status)
			cl->deadline += REFUSED_MS;
		/* If it has had no window so far, none was asked to close. */
		c->look = dying ? 0 : clock_now() + (status ? REFUSED_MS :
		    k->graphical.seen ? SETTLE_MS : 0);
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
	} else if (!c->looked && c->look && k->window.pid) {
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

/* Whether this look, which began at `since`, counts for a launch. */
static bool
look_counts(const struct client *cl, long long since)
{
	return cl->caller.look && cl->caller.look <= since;
}

/* A look has found no window, but the program had one: it may be in a tray.  (A
 * program that never had one may be a server.)  For a launch without documents,
 * start the program a second time, if that hands over, to bring its window.
 * With documents that was tried already. */
static void
window_reopen(struct keeper *k, long long since)
{
	struct client *cl = NULL;
	struct caller *c;

	if (!k->graphical.seen)
		return;
	while ((cl = client_at(k, SHOWING, cl))) {
		c = &cl->caller;
		if (c->reopens || c->taken || !look_counts(cl, since) ||
		    second_allowed(k, cl))
			continue;
		c->reopens = true;
		if (second_allowed(k, cl))
			client_stage(cl, WAITING);
	}
}

/* A look has found no window, and the program never had one.  Say so if no
 * handler took the arguments. */
static void
never_answer(struct keeper *k, long long since)
{
	struct client *cl = NULL;
	struct caller *c;

	while ((cl = client_at(k, SHOWING, cl))) {
		c = &cl->caller;
		if (!look_counts(cl, since) || !k->graphical.watched ||
		    is_reopened(c))
			continue;
		c->unshown = !c->taken && k->graphical.windowless;
		if (c->unshown) {
			c->raised = OUTCOME_NO_WINDOW;
			c->tells = false;
		}
		launch_leave(k, cl);
		k->window.next = 0; /* the next launch looks at once */
	}
}

/* A look has found a window that does not respond, or none. */
static void
hanging_note(struct keeper *k, long long since, bool hangs)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl))) {
		if (!look_counts(cl, since))
			continue;
		cl->caller.looked = true;
		cl->caller.hangs = hangs;
	}
}

/* We have seen the first window: it may be closing. */
static void
first_seen(struct keeper *k, long long since)
{
	struct client *cl = NULL;

	while (!k->graphical.seen && (cl = client_at(k, SHOWING, cl))) {
		if (look_counts(cl, since))
			cl->caller.look = since + SETTLE_MS;
	}
	graphical_seen(k);
}

bool
window_reap(struct keeper *k, pid_t pid, int status)
{
	struct window *w = &k->window;
	struct client *cl = NULL;
	long long since = w->began;
	int outcome = helper_outcome(status);

	if (graphical_reap(k, pid, outcome))
		return true;
	if (pid != w->pid)
		return false;
	w->pid = 0;
	switch (outcome) {
	case OUTCOME_HUNG: /* the window may be closing */
		graphical_window(k);
		hanging_note(k, since, true);
		return true;
	case OUTCOME_NO_WINDOW:
		hanging_note(k, since, false);
		window_reopen(k, since);
		if (!k->graphical.seen)
			never_answer(k, since);
		return true;
	case OUTCOME_RAISED:
		first_seen(k, since);
		break;
	default:
		break;
	}
	while ((cl = client_at(k, SHOWING, cl))) {
		if (look_counts(cl, since))
			window_shown(k, cl);
	}
	for (struct handler *h = k->handlers; h; h = h->next)
		h->seen |= h->instance && h->instance <= since;
	return true;
}

/* Whether to look for a window of this handler: it has become the instance, not
 * long ago, and has not shown one yet. */
static bool
is_looked_for(const struct handler *h)
{
	return h->instance && !h->seen && h->caller &&
	    h->caller->caller.shows && clock_now() - h->instance < WINDOW_MS;
}

long long
window_due(struct keeper *k)
{
	const struct client *cl = NULL;
	long long due = 0;

	for (const struct handler *h = k->handlers; h; h = h->next) {
		if (is_looked_for(h))
			due = k->window.next > h->instance ? k->window.next :
			    h->instance;
	}
	while ((cl = client_at(k, SHOWING, cl))) {
		if (cl->caller.look)
			clock_earlier(&due, cl->caller.look > k->window.next ?
			    cl->caller.look : k->window.next);
	}
	return k->window.pid ? 0 : due;
}

void
window_round(struct keeper *k)
{
	long long due = window_due(k);

	if (due && due <= clock_now())
		look_start(k);
}

void
window_end(struct keeper *k)
{
	struct client *cl = NULL;

	if (k->window.pid)
		kill(k->window.pid, SIGTERM);
	k->window.pid = 0;
	graphical_end(k);
	while ((cl = client_at(k, SHOWING, cl)))
		reply_last(k, cl, FRAME_AGAIN);
}
