/*
 * successor.c: a handler that goes on as the instance.
 *
 * Whoever closes a program and opens a document at once has the program end
 * while a handler starts it again to hand over to it: that one finds nobody,
 * and stays.  It is the next instance, with a number of its own; otherwise it
 * would run without being one.  Handlers that start the program itself are it
 * from their first instruction on, since they execute it; of others, which are
 * their user's, the process that runs the instance's file is.
 */
#include <sys/stat.h>

#include <errno.h>

#include "cli/io.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/state.h"
#include "cli/keeper/successor.h"
#include "cli/keeper/tenure.h"
#include "cli/ours.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/owner.h"

static bool
runs_file(const struct handler *h, pid_t pid)
{
	char name[64];
	struct stat st;

	return h->ino &&
	    stat(proc_path(pid, "exe", name, sizeof(name)), &st) == 0 &&
	    st.st_dev == h->dev && st.st_ino == h->ino;
}

/* Whether it is the program, started by this handler. */
static bool
is_program(const struct keeper *k, const struct handler *h, pid_t pid)
{
	if (k->c->info.terms.self)
		return pid == h->pid;
	return runs_file(h, pid) && proc_descends(pid, h->pid);
}

/* The first one below a handler, in the order of /proc; 0: none, -1: they
 * cannot all be looked at. */
static pid_t
program_find(const struct keeper *k, const struct handler *h)
{
	pid_t pid, found = 0;
	struct procs s;

	if (is_program(k, h, h->pid))
		return h->pid;
	if (!h->ino)
		return 0;
	if (procs_begin(&s) < 0)
		return errno == ENOENT ? 0 : -1;
	while (!found && procs_next(&s, &pid)) {
		if (is_program(k, h, pid))
			found = pid;
	}
	if (!found && s.error)
		found = -1;
	procs_end(&s);
	return found;
}

pid_t
successor_find(struct keeper *k, struct handler **who, int *pidfd)
{
	pid_t pid;

	*pidfd = -1;
	if (k->tenure.guard_dim || tenure_guarded(k))
		return 0; /* it may begin the program again */
	for (struct handler *h = k->handlers; h; h = h->next) {
		pid = h->give_up || h->instance ? 0 : program_find(k, h);
		if (pid < 0)
			return pid;
		*pidfd = pid ? owner_pidfd(pid) : -1;
		if (*pidfd >= 0 && !owner_ended(*pidfd) &&
		    is_program(k, h, pid) && ours(pid)) {
			point("successor");
			*who = h;
			return pid;
		}
		io_close(pidfd);
	}
	return 0;
}

void
successor_take(struct keeper *k, struct handler *h)
{
	h->instance = true;
	if (k->serving.handler == h)
		handler_pass(k);
}
