/*
 * takeover.c: a handler that goes on as the instance.
 *
 * A user closes a program and opens a document at once: a handler starts the
 * program again to hand the document over, but the old one ends meanwhile. The
 * new process finds no instance, and stays.  It is the next instance, with a
 * pid of its own; otherwise it would run without a slot.  Which process is it?
 * If our handler executes the program itself (terms.self): the handler.  With a
 * handler of the user's: the process that runs the instance's file.
 */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>

#include "cli/base/io.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/takeover.h"
#include "cli/base/clock.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/slot/owner.h"

/* Whether process pid runs the instance's file: 1, 0; -1: it cannot be looked
 * at. */
static int
runs_file(const struct handler *h, pid_t pid)
{
	struct stat st;

	if (look_stat(pid, "exe", &st) < 0)
		return errno == ETIMEDOUT ? -1 : 0;
	return st.st_dev == h->dev && st.st_ino == h->ino;
}

/* Whether process pid is the program, started by this handler: 1, 0, -1. */
static int
is_program(const struct keeper *k, const struct handler *h, pid_t pid)
{
	if (k->c->info.terms.self)
		return pid == h->pid;
	return h->ino && proc_descends(pid, h->pid) ? runs_file(h, pid) : 0;
}

/* The first process below a handler that is the program, in the order of /proc;
 * 0: none, -1: not all could be looked at. */
static pid_t
program_find(const struct keeper *k, const struct handler *h)
{
	pid_t pid, found = 0;
	bool lack = false;
	struct procs s;
	int is;

	if (is_program(k, h, h->pid) == 1)
		return h->pid;
	if (!h->ino)
		return 0;
	if (procs_begin(&s) < 0)
		return errno == ENOENT ? 0 : -1;
	while (!found && procs_next(&s, &pid)) {
		is = is_program(k, h, pid);
		if (is == 1)
			found = pid;
		lack |= is < 0;
	}
	if (!found && (s.error || lack))
		found = -1;
	procs_end(&s);
	return found;
}

/* The handler of an earlier keeper, if the record names one that lives. */
static pid_t
recorded_find(struct keeper *k, struct handler **who, int *pidfd)
{
	const struct owner *next = &k->c->info.next;

	*who = NULL;
	switch (owner_open(next, pidfd)) {
	case OWNER_ALIVE:
		if (ours(next->pid))
			return next->pid;
		io_close(pidfd);
		return 0;
	case OWNER_UNKNOWN:
		return -1;
	default:
		return 0;
	}
}

pid_t
takeover_find(struct keeper *k, struct handler **who, int *pidfd)
{
	pid_t pid;

	*pidfd = -1;
	for (struct handler *h = k->handlers; h; h = h->next) {
		pid = h->give_up || h->instance ? 0 : program_find(k, h);
		if (pid < 0)
			return pid;
		*pidfd = pid ? owner_pidfd(pid) : -1;
		if (*pidfd >= 0 && !owner_ended(*pidfd) &&
		    is_program(k, h, pid) == 1 && ours(pid)) {
			point("successor");
			*who = h;
			return pid;
		}
		io_close(pidfd);
	}
	return recorded_find(k, who, pidfd);
}

void
takeover_note(struct keeper *k, pid_t pid)
{
	struct owner next, *known = &k->c->info.next;
	const struct handler *h = k->handlers;
	enum owner_state state;
	int pidfd;

	while (h && (h->give_up || h->instance))
		h = h->next;
	pid = h ? h->pid : pid;
	if (!k->c->info.terms.self || !pid || pid == known->pid)
		return;
	/* Keep the recorded handler if it lives, or may: it is older. */
	state = owner_open(known, &pidfd);
	io_close(&pidfd);
	if (state == OWNER_ALIVE || state == OWNER_UNKNOWN)
		return;
	pidfd = owner_pidfd(pid);
	if (pidfd >= 0 && owner_record(&next, pid, pidfd,
	    k->c->root->lasting) == 0) {
		*known = next;
		heal_record(k);
	}
	io_close(&pidfd);
}

void
takeover_forget(struct keeper *k, pid_t pid)
{
	struct owner *known = &k->c->info.next;

	if (pid != known->pid)
		return;
	memset(known, 0, sizeof(*known));
	heal_record(k);
}

void
takeover_take(struct keeper *k, struct handler *h)
{
	memset(&k->c->info.next, 0, sizeof(k->c->info.next));
	if (h)
		h->instance = clock_now();
}
