/*
 * handler.c: what receives an activation: --on-activate=CMD.
 *
 * One at a time.  It runs in the caller's directory, on the caller's streams,
 * with the instance's environment, in a process group of its own; a caller
 * that goes away takes it along (SIGHUP to the group).  One that does not
 * heed that is no longer waited for after some seconds: it harms only itself.
 * Its end is told by SIGCHLD, which cannot fail for want of a descriptor.
 */
#include <sys/wait.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/io.h"
#include "cli/keeper/child.h"
#include "cli/keeper/client.h"
#include "cli/keeper/closing.h"
#include "cli/keeper/handler.h"
#include "cli/keeper/peer.h"
#include "cli/keeper/raise.h"
#include "cli/keeper/state.h"
#include "cli/slot/instance.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum { GIVE_UP_MS = 5000 };

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

int
handler_start(struct keeper *k, struct client *cl)
{
	struct handler *h = &k->handler;
	pid_t pid = child_fork(k);

	if (pid == 0)
		handler_exec(k, cl);
	for (int i = 0; i < FDS; i++)
		io_close(&cl->caller.fd[i]);
	if (pid < 0)
		return -1;
	point("handler-started");
	h->pid = pid;
	h->caller = cl;
	h->give_up = 0;
	client_stage(k, cl, SERVED);
	return 0;
}

bool
handler_busy(const struct keeper *k)
{
	return k->handler.pid || k->handler.listener;
}

void
handler_leave(struct keeper *k)
{
	k->handler.pid = 0;
	k->handler.listener = NULL;
	k->handler.caller = NULL;
	k->handler.give_up = 0;
}

void
handler_reap(struct keeper *k)
{
	struct client *caller = k->handler.caller;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (raise_reap(k, pid, status) ||
		    closing_reap(k, pid, status) || pid != k->handler.pid)
			continue; /* it had been left to itself */
		handler_leave(k);
		if (caller)
			raise_answer(k, caller, proc_status(status), true);
	}
}

void
handler_orphan(struct keeper *k, const struct client *cl)
{
	if (k->handler.caller != cl)
		return; /* it had its answer */
	k->handler.caller = NULL;
	k->handler.listener = NULL; /* its answer is not waited for */
	if (!k->handler.pid)
		return;
	k->handler.give_up = clock_now() + GIVE_UP_MS;
	kill(-k->handler.pid, SIGHUP);
}
