/*
 * again.c: whoever would start an instance again is told not to.
 *
 * Its keeper passes that on, and remembers it.  When a keeper is killed the
 * next one must be told: so it is said before each signal, and from time to
 * time between two runs, which may be a minute apart.
 */
#include <signal.h>

#include "cli/clock.h"
#include "cli/ctl/again.h"
#include "cli/ctl/settle.h"
#include "cli/ctl/tell.h"
#include "cli/io.h"
#include "cli/points.h"
#include "cli/slot/owner.h"

enum { FORBID_MS = 1000 };

void
again_forbid(struct ctl *c, const struct found *found)
{
	const struct owner *guard = &found->info.guard;
	int pidfd;

	if (!guard->pid)
		return;
	if (tell_status(c, found, FRAME_ENDING) >= 0) {
		point("again-forbidden");
		return;
	}
	/* Nobody passes it on: TERM to the parent ends it as well. */
	if (owner_open(guard, &pidfd) == OWNER_ALIVE)
		owner_signal(pidfd, SIGTERM);
	io_close(&pidfd);
}

int
again_owner(struct ctl *c, const struct found *found, long long deadline,
    pid_t *pid, struct fault *f)
{
	long long until;
	int result;

	for (;;) {
		until = clock_now() + FORBID_MS;
		if (!found->info.guard.pid || until > deadline)
			until = deadline;
		result = settle_owner(c, found, until, pid, f);
		if (result != OWNER_FAULT || clock_now() < until ||
		    until == deadline)
			return result;
		again_forbid(c, found);
	}
}
