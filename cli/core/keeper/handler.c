/*
 * handler.c: run the handler of an activation (--on-activate=CMD), which may
 * become the next instance.
 *
 * Handlers run one at a time, also under the next keeper: the record names the
 * one that runs.  Only a handler that starts the program itself again, or that
 * waits until a document is closed, may stay, and delays the next one for just a
 * moment.  A handler runs in the caller's directory, on the caller's streams,
 * with the instance's environment, in its own process group.
 * When its caller goes away, the group gets SIGHUP; if the handler ignores
 * that, we stop waiting for it after some seconds.  SIGCHLD reports its exit:
 * unlike a pidfd, that works even when we are out of descriptors.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/core/keeper/attendant.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/heal.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/second.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/owner.h"
#include "preload/contract.h"

/*
 * A handler that becomes the instance.
 *
 * Suppose a user closes a program and at once opens a document: a handler
 * starts the program again to hand the document over, but the old process exits
 * meanwhile.  The new one finds no instance, and stays.  It becomes the next
 * instance, with its own pid; otherwise it would run without a slot.  Which
 * process is it?  If our handler executes the program itself (terms.self): the
 * handler.  With a handler of the user's: the process that runs the instance's
 * file.
 */

/* Whether process pid runs the instance's file: 1, 0; -1: we cannot read it. */
static int
runs_file(const struct handler *h, pid_t pid)
{
	struct stat st;

	if (look_stat(pid, "exe", &st) < 0)
		return ours_unread(errno);
	return st.st_dev == h->dev && st.st_ino == h->ino;
}

/* Whether process pid is the program, started by this handler: 1, 0, -1. */
static int
is_program(const struct keeper *k, const struct handler *h, pid_t pid)
{
	if (k->c->info.terms.self)
		return pid == h->pid;
	if (!h->ino)
		return h->file_unread ? -1 : 0;
	return proc_descends(pid, h->pid) ? runs_file(h, pid) :
	    ours_unread(errno);
}

/* The first process below a handler that is the program, in the order of /proc;
 * 0: none, -1: not all could be read. */
static pid_t
program_find(const struct keeper *k, const struct handler *h)
{
	pid_t pid, found = 0;
	bool lack = false;
	struct procs s;
	int is = is_program(k, h, h->pid);

	if (is == 1)
		return h->pid;
	if (!h->ino)
		return is;
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
	*who = NULL;
	for (int i = 0; i < NEXTS; i++) {
		pid_t pid = k->c->info.next[i].pid;
		enum owner_state state = owner_open(&k->c->info.next[i], pidfd);
		bool unread;

		if (state == OWNER_ALIVE && ours_process(pid))
			return pid;
		unread = state == OWNER_UNKNOWN ||
		    (state == OWNER_ALIVE && ours_unread(errno) < 0);
		io_close(pidfd);
		if (unread)
			return -1;
	}
	return 0;
}

pid_t
handler_find_instance(struct keeper *k, struct handler **who, int *pidfd)
{
	pid_t pid;
	int is;

	*pidfd = -1;
	for (struct handler *h = k->handlers; h; h = h->next) {
		pid = h->give_up || h->instance ? 0 : program_find(k, h);
		if (pid < 0)
			return pid;
		if (pid == 0)
			continue;
		/* It may have exited meanwhile, and not be reaped yet. */
		*pidfd = owner_pidfd(pid);
		is = *pidfd < 0 ? ours_unread(errno) :
		    !owner_lives(*pidfd) ? 0 : is_program(k, h, pid);
		if (is == 1 && !ours_process(pid))
			is = ours_unread(errno);
		if (is == 1) {
			*who = h;
			return pid;
		}
		io_close(pidfd);
		if (is < 0)
			return -1;
	}
	return recorded_find(k, who, pidfd);
}

/* Record process pid after n others, if it is new. How many there are now. */
static int
takeover_add(const struct keeper *k, struct owner *next, int n, pid_t pid)
{
	int pidfd = -1;

	for (int i = 0; pid && i < n; i++)
		pid = next[i].pid == pid ? 0 : pid;
	if (pid && n < NEXTS && (pidfd = owner_pidfd(pid)) >= 0 &&
	    owner_record(&next[n], pid, pidfd, k->c->root->lasting) == 0)
		n++;
	io_close(&pidfd);
	return n;
}

/* Record, for the next keeper, the handlers that may become the instance, the
 * oldest first.  pid: a process that is about to be a handler; 0: none is.
 * -1, errno: the record could not be written. */
static int
takeover_note(struct keeper *k, pid_t pid)
{
	struct owner next[NEXTS] = { 0 }, *known = k->c->info.next;
	int n = 0, pidfd;

	if (!k->c->info.terms.self)
		return 0;
	/* A killed process may take long to exit. */
	for (int i = 0; i < NEXTS; i++) {
		enum owner_state state = owner_open(&known[i], &pidfd);

		io_close(&pidfd);
		if (state == OWNER_UNKNOWN || (state == OWNER_ALIVE &&
		    !proc_dying(known[i].pid)))
			next[n++] = known[i];
	}
	for (struct handler *h = k->handlers; h; h = h->next) {
		if (!h->give_up && !h->instance && !proc_dying(h->pid))
			n = takeover_add(k, next, n, h->pid);
	}
	n = takeover_add(k, next, n, pid);
	if (!n || memcmp(next, known, sizeof(next)) == 0)
		return 0;
	memcpy(known, next, sizeof(next));
	return heal_record(k);
}

/* Process pid must not become the instance: its launch has gone. */
static void
takeover_forget(struct keeper *k, pid_t pid)
{
	if (info_next_remove(&k->c->info, pid))
		heal_record(k);
}

/* The handler of this client could not be recorded, and so must not start: the
 * next keeper would not know of it if it becomes the instance.  Files that were
 * removed are soon there again: the launch starts over. */
static void
unnoted_answer(struct keeper *k, struct client *cl, int err)
{
	takeover_forget(k, cl->attendant.pid);
	if (err == ENOENT)
		reply_last(k, cl, FRAME_AGAIN);
	else
		reply_refuse(k, cl, EXIT_SYSTEM, "its state folder cannot be"
		    " written, so nothing was handed over");
}

enum { GIVE_UP_MS = 5000, PASS_MS = 1000 };

/* Note the file that the instance runs: a handler that runs it too may become
 * the instance.  Skip an interpreter: many programs share it. */
static void
file_note(const struct keeper *k, struct handler *h)
{
	pid_t pid = k->c->info.owner.pid;
	char exe[PATH_MAX];
	struct stat st;

	look_begin();
	if (interp_find(look_exe(pid, exe, sizeof(exe)))) {
		; /* ino stays 0 */
	} else if (*exe && look_stat(pid, "exe", &st) == 0) {
		h->dev = st.st_dev;
		h->ino = st.st_ino;
	} else {
		h->file_unread = ours_unread(errno) < 0;
	}
	look_end();
}

/* Whether it may run for long, so that later ones do not wait for its exit. */
static bool
may_stay(const struct keeper *k, const struct client *cl)
{
	return k->c->info.terms.self || cl->caller.is_trial ||
	    cl->caller.handler_stays;
}

void
handler_note(struct keeper *k, const struct client *cl)
{
	struct owner *o = &k->c->info.handler;
	pid_t pid = cl->attendant.pid;
	int pidfd = may_stay(k, cl) ? -1 : owner_pidfd(pid);

	if (pidfd < 0 || owner_record(o, pid, pidfd, k->c->root->lasting) < 0)
		memset(o, 0, sizeof(*o));
	io_close(&pidfd);
}

void
handler_await(struct keeper *k)
{
	struct serving *s = &k->serving;

	s->former = -1;
	if (k->c->info.handler.pid &&
	    owner_open(&k->c->info.handler, &s->former) == OWNER_ALIVE)
		s->began = clock_now();
}

int
handler_start(struct keeper *k, struct client *cl)
{
	struct handler *h = calloc(1, sizeof(*h)), **at = &k->handlers;
	pid_t pid;

	if (!h) {
		reply_refuse(k, cl, EXIT_SYSTEM, "cannot start the handler");
		return -1;
	}
	/* Before the handler starts: the keeper may be killed right after. */
	if (takeover_note(k, cl->attendant.pid) < 0) {
		unnoted_answer(k, cl, errno);
		free(h);
		return -1;
	}
	point_reach("handler-go");
	pid = attendant_go(cl);
	if (pid < 0) { /* it was killed meanwhile: nothing has run */
		reply_last(k, cl, FRAME_AGAIN);
		free(h);
		return -1;
	}
	history_note(&k->log, pid, "its handler started", NULL, -1);
	h->pid = pid;
	h->caller = cl;
	h->of = k->c->info.owner.pid;
	file_note(k, h);
	while (*at)
		at = &(*at)->next;
	*at = h;
	k->serving.handler = h;
	k->serving.began = clock_now();
	k->serving.pass = may_stay(k, cl) ? k->serving.began + PASS_MS : 0;
	client_stage(cl, SERVED);
	return 0;
}

bool
handler_busy(const struct keeper *k)
{
	const struct serving *s = &k->serving;

	return s->handler || s->listener || s->former >= 0;
}

void
handler_pass(struct keeper *k)
{
	k->serving.handler = NULL;
	k->serving.pass = 0;
}

/* Forget a handler that has exited, or that we no longer wait for. */
static void
handler_remove(struct keeper *k, struct handler *h)
{
	struct handler **at = &k->handlers;

	while (*at != h)
		at = &(*at)->next;
	*at = h->next;
	if (k->serving.handler == h)
		handler_pass(k);
	free(h);
}

void
handler_expire(struct keeper *k)
{
	struct handler *h = k->handlers, *next;
	long long now = clock_now();

	if (k->serving.former >= 0 && owner_ended(k->serving.former))
		io_close(&k->serving.former);
	if (k->serving.pass && k->serving.pass <= now)
		handler_pass(k);
	for (; h; h = next) {
		next = h->next;
		if (h->give_up && h->give_up <= now)
			handler_remove(k, h);
	}
}

long long
handler_due(struct keeper *k)
{
	long long due = k->serving.pass;

	for (const struct handler *h = k->handlers; h; h = h->next)
		clock_earlier(&due, h->give_up);
	return due;
}

/* Whether the launch can start over without loss: no handler took the
 * arguments, and the process that they were meant for has exited.  The instance
 * may go on as another one. */
static bool
is_untaken(const struct keeper *k, const struct handler *h, int status)
{
	return status == EXIT_NOANSWER && (k->state != OWNED ||
	    h->of != k->c->info.owner.pid || owner_ended(k->c->pidfd) ||
	    h->caller->caller.since != k->c->info.since);
}

/* Whether a handler's process ran the program's file only to send the instance
 * something, as with --remote.  The instance had exited, so we took this
 * process for the next one; but it never had a window. */
static bool
is_brief(const struct handler *h, int status)
{
	return !status && h->caller->caller.wants_window && !h->seen &&
	    clock_now() - h->instance < WINDOW_MS;
}

/* A child that has taken streams has exited before it was a handler.  Do not
 * kill it later: its pid may be reused by then. */
static void
attendant_forget(struct keeper *k, pid_t pid)
{
	struct client *cl = NULL;

	while ((cl = client_next(k, cl))) {
		if (cl->attendant.pid == pid)
			cl->attendant.pid = 0;
	}
}

void
handler_reap(struct keeper *k)
{
	struct client *caller;
	struct handler *h;
	bool had_window, untaken;
	int status;
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, &status, WNOHANG))) > 0) {
		if (raise_reap(k, pid, status) ||
		    closing_reap(k, pid, status) ||
		    graphical_reap(k, pid, status) ||
		    window_reap(k, pid, status))
			continue;
		for (h = k->handlers; h && h->pid != pid;)
			h = h->next;
		if (!h) { /* we no longer wait for it, or not yet */
			attendant_forget(k, pid);
			continue;
		}
		caller = h->caller;
		status = proc_status(status);
		untaken = caller && is_untaken(k, h, status);
		had_window = caller && h->instance && !is_brief(h, status);
		handler_remove(k, h);
		takeover_note(k, 0);
		history_note(&k->log, pid, "its handler exited", NULL,
		    status);
		if (untaken)
			reply_last(k, caller, FRAME_AGAIN);
		else if (caller && caller->caller.is_trial &&
		    second_answer(k, caller, status))
			;
		else if (had_window || (caller && caller->caller.handler_stays))
			raise_answer(k, caller, status, true);
		else if (caller)
			window_answer(k, caller, status, true);
	}
}

void
handler_orphan(struct keeper *k, const struct client *cl)
{
	struct handler *h = k->handlers;

	if (k->serving.caller == cl) { /* its listener's answer is not needed */
		k->serving.caller = NULL;
		k->serving.listener = NULL;
		return;
	}
	while (h && h->caller != cl)
		h = h->next;
	if (!h)
		return; /* it has been answered */
	h->caller = NULL;
	if (h->instance)
		return;
	h->give_up = clock_now() + GIVE_UP_MS;
	takeover_forget(k, h->pid);
	kill(-h->pid, SIGHUP);
}
