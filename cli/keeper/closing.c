/*
 * closing.c: ask the windows of the instance to close: by a helper,
 * onlyone-raise, which runs beside the loop.
 */
#include <sys/wait.h>

#include "cli/keeper/state.h"
#include "preload/contract.h"

bool
closing_start(struct keeper *k)
{
	pid_t pid;

	if (k->closing.pid)
		return true;
	k->closing.asked = false;
	if (k->unseen || !helper_display(NULL))
		return false;
	pid = helper_close(k);
	if (pid > 0)
		k->closing.pid = pid;
	return pid > 0;
}

void
closing_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	if (!client_means(k, cl, f))
		return;
	if (k->state != OWNED || !closing_start(k)) {
		reply_done(k, cl, EXIT_NONE, true);
		return;
	}
	cl->stage = HELPED;
	cl->closes = true;
	cl->taken = true;
	cl->deadline = 0;
}
