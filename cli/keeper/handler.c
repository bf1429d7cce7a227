/*
 * handler.c: what receives an activation: --on-activate=CMD.
 *
 * One at a time, but for those that start the program itself again: such a one
 * may stay, and keeps the next one waiting for a moment only.  It runs in the
 * caller's directory, on the caller's streams, with the instance's environment,
 * in a process group of its own; a caller that goes away takes it along (SIGHUP
 * to the group).  One that does not heed that is no longer waited for after
 * some seconds: it harms only itself.  Its end is told by SIGCHLD, which cannot
 * fail for want of a descriptor.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/interp.h"
#include "cli/io.h"
#include "cli/keeper/child.h"
#include "cli/keeper/client.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/doubt.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/peer.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/reply.h"
#include "cli/keeper/state.h"
#include "cli/slot/instance.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum { GIVE_UP_MS = 5000, PASS_MS = 1000 };

/* The handler's environment: the keeper's (the instance's), what we take of
 * the caller's, and the names that tell the instance. */
static char **
environment_make(struct keeper *k, struct client *cl)
{
	const char *e = NULL;
	char folder[PATH_MAX];
	struct buf out;
	char *copy;

	while ((e = fields_next(&cl->caller.request.body, "env", e))) {
		if (peer_env(cl, e) && (copy = strdup(e)))
			putenv(copy);
	}
	buf_init(&out, NULL, 0);
	if (root_folder(k->c->root, k->c->slot->name, folder) < 0)
		return NULL;
	return instance_environ(&out, environ, folder, &k->c->info, NULL, 0,
	    k->c->info.owner.pid, -1);
}

/* Put the streams where they belong; those not sent stay closed. */
static void
streams_set(const struct client *cl)
{
	for (int i = 1; i < FDS; i++) {
		/* None is below 3, where the keeper has /dev/null: so none
		 * is lost, and no other descriptor is needed. */
		if (cl->caller.fd[i] < 0)
			close(i - 1);
		else
			dup2(cl->caller.fd[i], i - 1);
	}
}

static _Noreturn void
handler_exec(struct keeper *k, struct client *cl)
{
	size_t n = fields_count(&cl->caller.request.body, "arg");
	char **argv = calloc(n + 5, sizeof(*argv));
	const char *arg = NULL;
	struct fault f;
	char **env;

	streams_set(cl);
	if (fchdir(cl->caller.fd[0]) < 0) {
		fault_errno(&f, EXIT_SYSTEM, errno, "the handler cannot enter"
		    " the folder of this launch", NULL);
		goto fail;
	}
	env = environment_make(k, cl);
	if (argv && env) {
		argv[0] = (char *)"sh";
		argv[1] = (char *)"-c";
		argv[2] = (char *)k->c->info.terms.on_activate;
		argv[3] = (char *)"onlyone";
		for (size_t i = 4; (arg = fields_next(&cl->caller.request.body,
		    "arg", arg)); i++)
			argv[i] = (char *)arg;
		execve("/bin/sh", argv, env);
	}
	fault_errno(&f, EXIT_CANTEXEC, errno, "cannot run the handler", NULL);
fail:
	say_fault(&f);
	_exit(f.code);
}

/* Which file the instance runs: a handler may become it.  An interpreter is no
 * program's own. */
static void
file_note(const struct keeper *k, struct handler *h)
{
	char name[64], exe[PATH_MAX];
	struct stat st;

	proc_exe(k->c->info.owner.pid, exe, sizeof(exe));
	if (interp_find(exe) || stat(proc_path(k->c->info.owner.pid, "exe",
	    name, sizeof(name)), &st) < 0)
		return;
	h->dev = st.st_dev;
	h->ino = st.st_ino;
}

int
handler_start(struct keeper *k, struct client *cl)
{
	struct handler *h = calloc(1, sizeof(*h)), **at = &k->handlers;
	pid_t pid = h ? child_fork(k) : -1;

	if (pid == 0)
		handler_exec(k, cl);
	for (int i = 0; i < FDS; i++)
		io_close(&cl->caller.fd[i]);
	if (pid < 0) {
		free(h);
		return -1;
	}
	point("handler-started");
	log_note(&k->log, pid, "its handler begins", NULL, -1);
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

/* It has ended, or is left to itself. */
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

	for (const struct handler *h = k->handlers; h; h = h->next) {
		if (h->give_up && (!due || h->give_up < due))
			due = h->give_up;
	}
	return due;
}

/* Nobody took the arguments, and the instance that was to have them is over:
 * nothing is lost where the launch begins again. */
static bool
untaken(const struct keeper *k, const struct client *cl, int status)
{
	return status == EXIT_NOANSWER &&
	    (k->state != OWNED || cl->caller.since != k->c->info.since);
}

void
handler_reap(struct keeper *k)
{
	struct client *caller;
	struct handler *h;
	int status;
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, &status, WNOHANG))) > 0) {
		if (raise_reap(k, pid, status) ||
		    closing_reap(k, pid, status) || doubt_reap(k, pid, status))
			continue;
		for (h = k->handlers; h && h->pid != pid;)
			h = h->next;
		if (!h)
			continue; /* it had been left to itself */
		caller = h->caller;
		handler_remove(k, h);
		status = proc_status(status);
		log_note(&k->log, pid, "its handler has ended", NULL, status);
		if (caller && untaken(k, caller, status))
			reply_last(k, caller, FRAME_AGAIN);
		else if (caller && !status)
			doubt_begin(k, caller);
		else if (caller)
			raise_answer(k, caller, status, true);
	}
}

void
handler_orphan(struct keeper *k, const struct client *cl)
{
	struct handler *h = k->handlers;

	if (k->serving.caller == cl) { /* its answer is not waited for */
		k->serving.caller = NULL;
		k->serving.listener = NULL;
		return;
	}
	while (h && h->caller != cl)
		h = h->next;
	if (!h)
		return; /* it had its answer */
	h->caller = NULL;
	if (h->instance)
		return;
	h->give_up = clock_now() + GIVE_UP_MS;
	kill(-h->pid, SIGHUP);
}
