/*
 * job.c: in the holder: the job, which is its child, and what that leaves.
 *
 * The job has all that the caller gave us.  What it starts stays below the holder,
 * which is a subreaper: it hears of each end, and of the last.
 */
#include <sys/wait.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/say.h"
#include "cli/cluster/hold.h"
#include "cli/core/slot/instance.h"
#include "preload/contract.h"

enum { COPY_MS = 200 };

_Noreturn void
job_run(struct hold *h)
{
	char digits[24];
	struct fault f;
	struct word go;

	/* Each of the others has to see when one has exited. */
	close(h->go[1]);
	close(h->talk);
	close(h->dog.word);
	if (io_read(h->go[0], &go, sizeof(go)) != sizeof(go))
		_exit(EXIT_SYSTEM); /* the launch has given up, or exited */
	if (clock_boot() >= go.term) {
		fault_set(&f, EXIT_NOANSWER, h->app, LATE, NULL);
		say_fault(&f);
		_exit(f.code);
	}
	h->page->begun = true;
	unsetenv(ENV_TOKEN);
	unsetenv(ENV_STORED);
	if (go.token) {
		setenv(ENV_TOKEN, say_num(digits, go.token), 1);
		setenv(ENV_STORED, go.line, 1);
	}
	/* A rule of this host does not count: COMMAND is to run here and now. */
	if (instance_enforces(environ))
		setenv(ENV_PASS, say_num(digits, getpid()), 1);
	sigaction(SIGCHLD, &h->chld, NULL);
	sigaction(SIGPIPE, &h->pipe, NULL);
	sigprocmask(SIG_SETMASK, &h->mask, NULL);
	execvp(*h->command, h->command);
	fault_errno(&f, errno == ENOENT ? EXIT_NOTFOUND : EXIT_CANTEXEC, errno,
	    "cannot execute ", *h->command, NULL);
	say_fault(&f);
	_exit(f.code);
}

int
copy_only(pid_t pid)
{
	struct proc p;

	/* Only root's copy can have become another user's. */
	if (look_proc(pid, &p) < 0)
		return (errno == EACCES || errno == EPERM) && geteuid() ? 0 :
		    -1;
	return strchr("ZX", p.state) ? -1 : p.forked;
}

/* Look for children that the job has left; copies: only for copies of it, which
 * have executed nothing.  1, 0; -1: not known, one has just exited, say: look
 * again. */
static int
children_look(const struct hold *h, bool copies)
{
	struct buf pids = { 0 };
	int found = sweep_children(getpid(), &pids), copy;
	pid_t pid;

	look_begin();
	for (size_t i = 0; found < 1 && i < pids.len / sizeof(pid); i++) {
		pid = ((pid_t *)(void *)pids.at)[i];
		copy = pid == h->dog.pid ? 0 : copies ? copy_only(pid) : 1;
		if (copy)
			found = copy;
	}
	look_end();
	buf_free(&pids);
	return found;
}

/* Whether a copy of the job keeps running.  A helper may be on its way to a
 * program of its own: it has COPY_MS. */
bool
copies_live(struct hold *h)
{
	int found;

	if (h->o->lifetime == KEPT_MAIN || h->alone)
		return false;
	if (!h->settle)
		h->settle = clock_boot() + COPY_MS;
	found = children_look(h, true);
	if (found && clock_boot() >= h->settle) {
		h->stays = true;
		launch_tell(h, WORD_STAYS, NULL);
	}
	return found != 0;
}

void
job_reap(struct hold *h)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
		if (WIFSTOPPED(status)) {
			/* If a process stopped it (SIGSTOP), that process has
			 * to continue it. */
			if (pid == h->job && WSTOPSIG(status) != SIGSTOP)
				word_send(h->talk, &(struct word){
				    .what = WORD_PAUSED }, NULL);
			continue;
		}
		sweep_forget(&h->sweep, pid);
		if (pid == h->job && !h->ended) {
			h->ended = true;
			h->status = status;
		}
	}
	h->alone = pid < 0 && errno == ECHILD;
}

/* Whether all that the job has started has exited, too: else there is a child of
 * ours, since orphans are given to us. */
bool
job_gone(const struct hold *h)
{
	if (h->alone || !h->dog.pid || h->dog.pid == getppid())
		return h->alone;
	/* The watchdog is our child. */
	return !children_look(h, false);
}
