/*
 * closing.c: ask the windows of the instance to close: by a helper,
 * onlyone-raise, which runs beside the loop.
 */
#include "cli/keeper/client.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/helper.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "preload/contract.h"

bool
closing_start(struct keeper *k)
{
	pid_t pid;

	if (k->closing.pid)
		return true;
	k->closing.asked = false;
	if (k->tenure.unseen || !helper_display(NULL))
		return false;
	pid = helper_close(k);
	if (pid > 0)
		k->closing.pid = pid;
	return pid > 0;
}

void
closing_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	(void)f;
	if (k->state == OWNED && closing_start(k))
		client_stage(k, cl, CLOSING);
	else
		reply_done(k, cl, EXIT_NONE);
}

static void
closing_tell(struct keeper *k, int status)
{
	struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->stage == CLOSING)
			reply_done(k, cl, status);
	}
}

bool
closing_reap(struct keeper *k, pid_t pid, int status)
{
	if (pid != k->closing.pid)
		return false;
	k->closing.pid = 0;
	k->closing.asked = helper_outcome(status) == 0;
	closing_tell(k, k->closing.asked ? 0 : EXIT_NONE);
	return true;
}

void
closing_end(struct keeper *k)
{
	closing_tell(k, EXIT_NONE);
}
