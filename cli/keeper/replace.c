/*
 * replace.c: the owner is told to end for the one that replaces it.
 */
#include <errno.h>
#include <signal.h>

#include "cli/clock.h"
#include "cli/keeper/state.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

/* Whether the windows of the owner have been asked to close, and have had the
 * time that the replacement gives: its user may have work to save. */
static bool
windows_asked(struct keeper *k, struct wait *w, pid_t owner)
{
	if (w->asked != owner) {
		w->asked = owner;
		w->press_at = clock_now();
		/* A display that hangs takes its time from this too. */
		if (w->polite_ms > 0 && closing_start(k))
			w->press_at += w->polite_ms;
	}
	return clock_now() >= w->press_at ||
	    (!k->closing.pid && !k->closing.asked);
}

/* The owner that is to be replaced is told to end, once; and killed after the
 * time that the replacement gives, if it does. */
void
replace_press(struct keeper *k)
{
	struct client *cl = k->state == OWNED || k->state == HELD ?
	    line_first(k) : NULL;
	const struct terms *terms = &k->c->info.terms;
	pid_t owner = k->c->info.owner.pid;
	struct wait *w;
	int sig, kill_ms;

	if (!cl || cl->wait.mode != WAIT_REPLACE || k->unseen)
		return;
	if (k->state == HELD) {
		tenure_ending(k);
		return;
	}
	w = &cl->wait;
	if (w->pressed != owner) {
		tenure_ending(k);
		if (!windows_asked(k, w, owner))
			return;
		/* Its own wish, else that of the first launch. */
		sig = w->stop_signal ? w->stop_signal : terms->stop_signal;
		kill_ms = w->kill_ms >= 0 ? w->kill_ms : terms->kill_ms;
		if (owner_signal(k->c->pidfd, sig ? sig : SIGTERM) < 0 &&
		    errno != ESRCH) {
			reply_refuse(k, cl, EXIT_DENIED,
			    "cannot signal the instance");
			return;
		}
		w->pressed = owner;
		w->kill_at = kill_ms < 0 ? 0 : clock_now() + kill_ms;
	}
	if (w->kill_at && w->kill_at <= clock_now()) {
		owner_signal(k->c->pidfd, SIGKILL);
		w->kill_at = 0;
	}
}

long long
replace_due(const struct keeper *k)
{
	struct client *cl = k->state == OWNED ? line_first(k) : NULL;

	if (k->state == PASSING)
		return k->collect;
	if (!cl || k->unseen)
		return 0;
	return cl->wait.pressed == k->c->info.owner.pid ? cl->wait.kill_at :
	    cl->wait.press_at;
}
