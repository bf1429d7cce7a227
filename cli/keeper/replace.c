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
#include "cli/slot/owner.h"
#include "preload/contract.h"

/* Whether the windows of the owner have been asked to close, and have had the
 * time that the replacement gives: its user may have work to save. */
static bool
windows_asked(struct keeper *k, struct press *p, pid_t owner)
{
	if (p->asked != owner) {
		p->asked = owner;
		p->press_at = clock_now();
		/* A display that hangs takes its time from this too. */
		if (p->polite_ms > 0 && closing_start(k))
			p->press_at += p->polite_ms;
	}
	return clock_now() >= p->press_at ||
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
	struct press *p;
	int sig, kill_ms;

	if (!cl || cl->waiter.mode != WAIT_REPLACE || k->tenure.unseen)
		return;
	if (k->state == HELD) {
		tenure_ending(k);
		return;
	}
	p = &cl->waiter.press;
	if (p->pressed != owner) {
		tenure_ending(k);
		if (!windows_asked(k, p, owner))
			return;
		/* Its own wish, else that of the first launch. */
		sig = p->stop_signal ? p->stop_signal : terms->stop_signal;
		kill_ms = p->kill_ms >= 0 ? p->kill_ms : terms->kill_ms;
		if (owner_signal(k->c->pidfd, sig ? sig : SIGTERM) < 0 &&
		    errno != ESRCH) {
			reply_refuse(k, cl, EXIT_DENIED,
			    "cannot signal the instance");
			return;
		}
		p->pressed = owner;
		p->kill_at = kill_ms < 0 ? 0 : clock_now() + kill_ms;
	}
	if (p->kill_at && p->kill_at <= clock_now()) {
		owner_signal(k->c->pidfd, SIGKILL);
		p->kill_at = 0;
	}
}

long long
replace_due(const struct keeper *k)
{
	const struct client *cl = k->state == OWNED ? line_first(k) : NULL;
	const struct press *p = cl ? &cl->waiter.press : NULL;

	if (!p || k->tenure.unseen)
		return 0;
	return p->pressed == k->c->info.owner.pid ? p->kill_at : p->press_at;
}
