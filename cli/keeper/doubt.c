/*
 * doubt.c: whether an instance that was just given documents is ending.
 *
 * A program that was closed a moment ago may take documents still, from itself
 * started again, and lose them as it ends.  It shows no window any more then,
 * as a helper, onlyone-raise, finds out beside the loop.  It is watched for a
 * moment: where it ends, nobody has taken them, and the launch begins again.
 */
#include <signal.h>

#include "cli/keeper/client.h"
#include "cli/keeper/doubt.h"
#include "cli/keeper/helper.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/points.h"
#include "cli/raise/outcome.h"

static bool
look_begin(struct keeper *k)
{
	pid_t pid = helper_shown(k);

	k->doubt.pid = pid > 0 ? pid : 0;
	k->doubt.run++;
	point("doubt-started");
	return pid > 0;
}

void
doubt_over(struct keeper *k, struct client *cl)
{
	raise_answer(k, cl, 0, true);
}

void
doubt_begin(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	if (!c->documents || !k->c->info.terms.self || k->state != OWNED ||
	    c->since != k->c->info.since || !helper_sees(k) ||
	    client_full(k)) {
		doubt_over(k, cl);
		return;
	}
	/* A look that has begun may have been too early. */
	c->doubt = k->doubt.run + 1;
	client_stage(k, cl, DOUBTED);
	if (!k->doubt.pid && !look_begin(k))
		doubt_over(k, cl);
}

bool
doubt_reap(struct keeper *k, pid_t pid, int status)
{
	struct doubt *d = &k->doubt;
	struct client *cl = NULL;
	bool ending, more = false;

	if (pid != d->pid)
		return false;
	d->pid = 0;
	ending = helper_outcome(status) == OUTCOME_NO_WINDOW;
	while ((cl = client_next(k, cl))) {
		if (cl->stage != DOUBTED)
			continue;
		if (cl->caller.doubt > d->run)
			more = true;
		else if (!ending)
			doubt_over(k, cl);
	}
	/* Where there is no helper any more, their time will be up. */
	if (more)
		look_begin(k);
	return true;
}

void
doubt_end(struct keeper *k)
{
	struct client *cl = NULL;

	if (k->doubt.pid)
		kill(k->doubt.pid, SIGTERM);
	k->doubt.pid = 0;
	while ((cl = client_next(k, cl))) {
		if (cl->stage == DOUBTED)
			reply_last(k, cl, FRAME_AGAIN);
	}
}
