/*
 * parent.c: a launch that has to stay beside its program.
 *
 * Nothing should stand between a program and whoever launched it, so a launch
 * becomes its program wherever it can.  It stays for -W, which ends only with
 * the instance, heirs included, for --supervise and --restart, for
 * --lifetime=tree, and where the keeper would become the application's child
 * (pid 1 of a container, a subreaper).  Then it passes on every signal that was
 * meant for the program, stops when that stops, reaps what falls to it, and
 * ends as the program ended.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/early/gate.h"
#include "cli/io.h"
#include "cli/launch/children.h"
#include "cli/launch/leased.h"
#include "cli/launch/leftover.h"
#include "cli/launch/parent.h"
#include "cli/launch/restart.h"
#include "cli/meet/watch.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/say.h"
#include "cli/slot/folder.h"
#include "cli/slot/mark.h"
#include "cli/slot/owner.h"
#include "preload/contract.h"

enum {
	BRIEF_MS = 1000, /* a program that only starts others */
	LOOK_MS = 200
};

bool
parent_needed(void)
{
	int reaper = 0;

	return getpid() == 1 ||
	    (prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper);
}

/* The heir of the child that has ended: signals are for it now. */
static void
heir_signal(void *arg, int sig)
{
	struct launch *l = arg;
	struct info info;
	struct buf record;
	int folder, pidfd;

	if (l->place.root.fd < 0)
		return;
	buf_init(&record, NULL, 0);
	folder = folder_peek(&l->place.root, l->place.slot.name);
	if (folder >= 0 && info_read(folder, &record, &info) == 0 &&
	    owner_open(&info.owner, &pidfd) == OWNER_ALIVE) {
		owner_signal(pidfd, sig);
		io_close(&pidfd);
	}
	io_close(&folder);
	buf_free(&record);
}

/* End as the child did: whoever waits for us sees the same status. */
static int
status_mimic(int status)
{
	struct rlimit none = { 0, 0 };
	struct sigaction sa = { .sa_handler = SIG_DFL };
	sigset_t one;

	if (WIFEXITED(status))
		return proc_status(status);
	setrlimit(RLIMIT_CORE, &none); /* the core is the child's */
	sigaction(WTERMSIG(status), &sa, NULL);
	sigemptyset(&one);
	sigaddset(&one, WTERMSIG(status));
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	kill(getpid(), WTERMSIG(status));
	return proc_status(status); /* pid 1 does not die of it */
}

/* A late signal, for what is left of the tree: our children now, whether they
 * bear the mark or not. */
static void
tree_signal(void *arg, int sig)
{
	struct launch *l = arg;
	pid_t pid, keeper = 0;
	struct procs all;
	struct info i;
	struct buf b;
	struct proc p;
	int folder;

	/* As process 1 the keeper is among them. */
	buf_init(&b, NULL, 0);
	folder = folder_peek(&l->place.root, l->place.slot.name);
	if (folder >= 0 && info_read(folder, &b, &i) == 0)
		keeper = i.keeper;
	io_close(&folder);
	buf_free(&b);
	if (procs_begin(&all) < 0)
		return;
	while (procs_next(&all, &pid)) {
		/* The pid of a child that we have not reaped is its own. */
		if (pid != keeper && proc_read(pid, &p) == 0 &&
		    p.parent == getpid())
			kill(pid, sig);
	}
	procs_end(&all);
}

/* As process 1 our keeper is a child too: there the marks tell. */
static bool
tree_over(struct launch *l)
{
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, NULL, WNOHANG))) > 0)
		;
	if (pid < 0)
		return true;
	return getpid() == 1 && !mark_oldest(l->place.folder, getpid());
}

/* All that fell to us, of a tree: the last one's end is ours. */
static void
tree_wait(struct launch *l, struct children *c)
{
	sigemptyset(&c->seen); /* what came so far was for the program */
	for (;;) {
		children_take(c, tree_signal, l);
		if (tree_over(l))
			return;
		/* Those whose parents have ended meanwhile are new to us. */
		if (sigismember(&c->seen, SIGTERM))
			tree_signal(l, SIGTERM);
		io_wait(c->signals, POLLIN, getpid() == 1 ? LOOK_MS : -1);
	}
}

int
parent_stay(struct launch *l, pid_t pid, long long since, const char *shim)
{
	bool tree = l->o->terms.lifetime == LIFETIME_TREE;
	struct child child = { .pid = pid };
	struct children c = { .at = &child, .n = 1 };
	struct restarts again;
	struct fault f;
	long long began;
	int fd = -1, r;

	early_gate();
	began = clock_now();
	again = (struct restarts){ .began = began };
	/* What its keeper learns of its end it may have to learn from its
	 * zombie: then nobody else can be reaped before. */
	c.keep = !tree && !owner_tells_exit() &&
	    (l->lease.only || !parent_needed());
	if (leased_fd(l) >= 0) {
		c.also = &l->lease.fd;
		c.heard = leased_heard;
		c.stays = leased_lost;
		c.arg = l;
	}
	if (children_listen(&c) < 0) {
		while (IO_RETRY(waitpid(pid, &child.status, 0)) < 0)
			;
		return status_mimic(child.status);
	}
	leased_watch(l);
	do
		children_wait(&c);
	while (l->o->restart && !leased_lost(l) &&
	    restart_child(l, &c, since, shim, &again));
	leased_status(l, child.status);
	if (l->lease.only && leased_goes_on(l))
		return status_mimic(child.status);
	if (tree)
		tree_wait(l, &c);
	/* That we wait tells its keeper that we hold the slot no more. */
	while ((r = watch_instance(&l->place, since, &fd, c.signals,
	    &f)) == WATCHED_ALARM) {
		if (root_open(&l->place.root, &f) == 0)
			children_take(&c, heir_signal, l);
	}
	if (r < 0)
		say_fault(&f);
	else if (clock_now() - began < BRIEF_MS &&
	    l->lease.state < LEASE_STOPPED)
		leftover_tell(&l->place, true);
	io_close(&fd);
	if (leased_over(l, 0))
		return EXIT_LOST;
	return status_mimic(child.status);
}
