/*
 * close_windows.c: ask the instance's windows to close.  The helper
 * onlyone-raise does it while the loop goes on.
 */
#include <sys/wait.h>

#include "cli/base/proc.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/owner.h"
#include "cli/windows/outcome.h"
#include "preload/contract.h"

/* Continue a stopped owner: else it could neither close windows nor ask its
 * user. */
static void
owner_go(const struct keeper *k)
{
	if (proc_state(k->c->info.owner.pid) == 'T')
		instance_signal(k, owner_signal, SIGCONT);
}

void
closing_start(struct keeper *k)
{
	struct closing *c = &k->closing;
	pid_t pid;

	if (c->pid)
		return;
	c->wanted = true;
	c->asked = false;
	if (!helper_sees(k))
		return;
	owner_go(k);
	pid = helper_close(k);
	if (pid > 0) {
		c->pid = pid;
		c->asked = true;
	}
}

/* Whether the windows were asked: the status of DONE. */
static void
closing_tell(struct keeper *k, struct client *cl)
{
	reply_done(k, cl, k->closing.asked ? 0 : EXIT_NONE);
}

void
closing_serve(struct keeper *k, struct client *cl, const struct frame *f)
{
	(void)f;
	if (k->state == OWNED)
		closing_start(k);
	if (k->closing.pid)
		client_stage(cl, CLOSING);
	else
		closing_tell(k, cl);
}

bool
closing_reap(struct keeper *k, pid_t pid, int status)
{
	struct client *cl = NULL;

	if (pid != k->closing.pid)
		return false;
	k->closing.pid = 0;
	/* A killed helper may have asked. */
	k->closing.asked = WIFSIGNALED(status) ||
	    helper_outcome(status) == OUTCOME_RAISED;
	while ((cl = client_at(k, CLOSING, cl)))
		closing_tell(k, cl);
	return true;
}

void
closing_end(struct keeper *k)
{
	struct client *cl = NULL;

	if (k->closing.pid)
		kill(k->closing.pid, SIGTERM);
	k->closing = (struct closing){ 0 };
	while ((cl = client_at(k, CLOSING, cl)))
		closing_tell(k, cl);
}
