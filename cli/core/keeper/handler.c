/*
 * handler.c: what receives an activation: --on-activate=CMD.
 *
 * One handler at a time; only a handler that starts the program itself again
 * may stay, and delays the next one for just a moment.  A handler runs in the
 * caller's directory, on the caller's streams, with the instance's environment,
 * in a process group of its own.  When its caller goes away, the group gets
 * SIGHUP; if the handler ignores that, we stop waiting for it after some
 * seconds.  SIGCHLD tells us of its end: that takes no descriptor, so a lack of
 * them cannot hide it.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/close_windows.h"
#include "cli/core/keeper/handler.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/takeover.h"
#include "cli/core/keeper/taker.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "preload/contract.h"

enum { GIVE_UP_MS = 5000, PASS_MS = 1000 };

/* Note which file the instance runs: a handler that runs it too may become the
 * instance.  Skip an interpreter: many programs run the same one. */
static void
file_note(const struct keeper *k, struct handler *h)
{
	char exe[PATH_MAX];
	struct stat st;

	look_begin();
	look_exe(k->c->info.owner.pid, exe, sizeof(exe));
	if (!interp_find(exe) &&
	    look_stat(k->c->info.owner.pid, "exe", &st) == 0) {
		h->dev = st.st_dev;
		h->ino = st.st_ino;
	}
	look_end();
}

int
handler_start(struct keeper *k, struct client *cl)
{
	struct handler *h = calloc(1, sizeof(*h)), **at = &k->handlers;
	pid_t pid;

	/* Before the handler begins: the keeper may be killed right after. */
	takeover_note(k, cl->taker.pid);
	pid = h ? taker_go(cl) : -1;
	if (pid < 0) {
		free(h);
		return -1;
	}
	point("handler-started");
	history_note(&k->log, pid, "its handler begins", NULL, -1);
	h->pid = pid;
	h->caller = cl;
	h->began = clock_now();
	file_note(k, h);
	while (*at)
		at = &(*at)->next;
	*at = h;
	k->serving.handler = h;
	k->serving.began = h->began;
	k->serving.pass = k->c->info.terms.self ? h->began + PASS_MS : 0;
	client_stage(k, cl, SERVED);
	return 0;
}

bool
handler_busy(const struct keeper *k)
{
	return k->serving.handler || k->serving.listener;
}

void
handler_pass(struct keeper *k)
{
	k->serving.handler = NULL;
	k->serving.pass = 0;
}

/* Forget a handler that has ended, or that we do not wait for any more. */
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

	if (k->serving.pass && k->serving.pass <= now)
		handler_pass(k);
	for (; h; h = next) {
		next = h->next;
		if (h->give_up && h->give_up <= now)
			handler_remove(k, h);
	}
}

long long
handler_due(const struct keeper *k)
{
	long long due = k->serving.pass;

	for (const struct handler *h = k->handlers; h; h = h->next)
		clock_earlier(&due, h->give_up);
	return due;
}

/* Whether the launch can start over without loss: no handler took the
 * arguments, and the instance that was to have them is over. */
static bool
untaken(const struct keeper *k, const struct client *cl, int status)
{
	return status == EXIT_NOANSWER &&
	    (k->state != OWNED || cl->caller.since != k->c->info.since);
}

/* Whether a process that a handler started ran the program's file only to send
 * the instance something, as with --remote.  The instance had ended, so we took
 * this process for the next one; but it never had a window. */
static bool
is_brief(const struct handler *h, int status)
{
	return !status && h->caller->caller.shows && !h->seen &&
	    clock_now() - h->instance < WINDOW_MS;
}

void
handler_reap(struct keeper *k)
{
	struct client *caller;
	struct handler *h;
	bool had_window;
	int status;
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, &status, WNOHANG))) > 0) {
		if (raise_reap(k, pid, status) ||
		    closing_reap(k, pid, status) || window_reap(k, pid, status))
			continue;
		for (h = k->handlers; h && h->pid != pid;)
			h = h->next;
		if (!h)
			continue; /* we do not wait for it any more */
		caller = h->caller;
		status = proc_status(status);
		had_window = caller && h->instance && !is_brief(h, status);
		handler_remove(k, h);
		takeover_note(k, 0);
		history_note(&k->log, pid, "its handler has ended", NULL,
		    status);
		if (caller && untaken(k, caller, status))
			reply_last(k, caller, FRAME_AGAIN);
		else if (had_window)
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
