/*
 * parent.c: a launch that has to stay as its program's parent.
 *
 * If it can, a launch becomes its program, so that no process stands between
 * the program and its caller.  It stays for -W and --lifetime=tree, when the
 * keeper would become the application's child (pid 1 of a container, a
 * subreaper), and in a sandbox that does not wait for the keeper.  Then it
 * forwards every signal meant for the program, stops when the program stops,
 * reaps its children, waits until the instance has ended, successors included,
 * and exits with the program's status or signal.
 */
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/say.h"
#include "cli/core/launch/children.h"
#include "cli/core/launch/own_record.h"
#include "cli/core/launch/parent.h"
#include "cli/core/launch/parts.h"
#include "cli/core/meet/meet.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/holder.h"
#include "cli/core/slot/name_lock.h"
#include "cli/core/slot/owner.h"
#include "cli/core/wire/ask.h"

enum {
	BRIEF_MS = 1000, /* if it ran no longer, it only starts others */
	LOOK_MS = 200,
	LOOKS = 150,     /* failed ones in a row: half a minute */
	ASK_S = 5, ANSWER_MS = 1000
};

bool
parent_needed(pid_t pid)
{
	int reaper = 0;

	return pid == 1 ||
	    (prctl(PR_GET_CHILD_SUBREAPER, &reaper) == 0 && reaper);
}

/* The child has exited: signals go to its successor, the recorded owner. */
struct succession {
	struct launch *l;
	long long since; /* the start of the instance */
	sigset_t early;  /* they came before it was recorded */
};

static bool
owner_takes(const struct succession *h, int sig)
{
	struct launch *l = h->l;
	struct info info;
	struct buf record = { 0 };
	int pidfd;
	bool lives;

	if (l->place.root.fd < 0)
		return false;
	lives = holder_record(&l->place.root, l->place.slot.name, &record,
	    &info) && info.since == h->since && info.guess != GUESS_PID &&
	    owner_open(&info.owner, &pidfd) == OWNER_ALIVE;
	if (lives) {
		owner_signal(pidfd, sig);
		/* It may only have started another one. */
		lives = !owner_ending(pidfd, info.owner.pid);
		io_close(&pidfd);
	}
	buf_free(&record);
	return lives;
}

static void
successor_signal(void *arg, int sig)
{
	struct succession *h = arg;

	if (!owner_takes(h, sig))
		sigaddset(&h->early, sig);
}

/* Exit with the launch's own status, or, if the child was told to become the
 * program, as the child did. */
static int
status_ours(const struct launch *l, int status)
{
	return l->born.unstarted ? EXIT_SYSTEM : proc_mimic(status);
}

/* The child has exited: send a signal to the rest of the tree, or only look.
 * Its processes are our children now, with or without the environment mark.
 * Keepers started by launches below us, or ours if we are pid 1, are our
 * children, too, but not part of the tree.  Whether a process takes it, or has
 * just exited. */
static bool
tree_send(int sig, bool look)
{
	bool taken = false;
	struct procs all;
	siginfo_t si;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return true; /* not known */
	look_begin();
	while (procs_any(&all, &pid)) {
		/* We have not reaped this child: its pid cannot have been
		 * reused.  Asking this way takes no descriptor. */
		if (waitid(P_PID, (id_t)pid, &si, WEXITED | WNOHANG |
		    WNOWAIT) == 0 && !name_lock_keeper(pid))
			taken |= kill(pid, look ? 0 : sig) == 0 &&
			    !proc_ignores(pid, sig);
	}
	look_end();
	procs_end(&all);
	return taken;
}

static void
tree_signal(void *arg, int sig)
{
	(void)arg;
	tree_send(sig, false);
}

/* Whether the tree has ended: only keepers are left.  If we are pid 1, every
 * orphan is our child: then look for environment marks, and give up when they
 * could not be read LOOKS times in a row. */
static bool
tree_over(struct launch *l, long long since, int *failed)
{
	pid_t pid;

	while ((pid = (pid_t)IO_RETRY(waitpid(-1, NULL, WNOHANG))) > 0)
		;
	if (pid < 0)
		return true;
	if (getpid() != 1)
		return !tree_send(SIGKILL, true);
	pid = env_mark_oldest(l->place.folder, since, getpid());
	*failed = pid < 0 ? *failed + 1 : 0;
	return !pid || *failed >= LOOKS;
}

/* A signal that should end us, and that none of the processes left takes; NULL:
 * none.  TERM also goes to processes whose parents have just exited: they are
 * our new children.  A second INT may have another meaning than one. */
static const char *
tree_ignores(const struct children *c)
{
	static const struct {
		int sig;
		const char *name;
	} ends[] = { { SIGTERM, "TERM" }, { SIGINT, "INT" },
		{ SIGQUIT, "QUIT" } };

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		if (sigismember(&c->seen, ends[i].sig) &&
		    !tree_send(ends[i].sig, i > 0))
			return ends[i].name;
	}
	return NULL;
}

static void
signals_send(const sigset_t *set, void (*send)(void *, int), void *arg)
{
	for (int sig = 1; sig < NSIG; sig++) {
		if (sigismember(set, sig) == 1)
			send(arg, sig);
	}
}

/* Wait until the last process of the tree has ended: NULL; or tree_ignores. */
static const char *
tree_wait(struct launch *l, long long since, struct children *c)
{
	const char *ignored;
	int failed = 0;

	/* Signals so far were for the program; it has not taken these.  If one
	 * came as it was about to exit, it may have exited by that signal. */
	if (WIFSIGNALED(c->at->status))
		sigdelset(&c->late, WTERMSIG(c->at->status));
	sigorset(&c->missed, &c->missed, &c->late);
	c->seen = c->missed;
	signals_send(&c->missed, tree_signal, NULL);
	for (;;) {
		children_take(c, tree_signal, NULL);
		if (tree_over(l, since, &failed))
			return NULL;
		if ((ignored = tree_ignores(c)))
			return ignored;
		io_wait(c->signals, POLLIN, getpid() == 1 ? LOOK_MS : -1);
	}
}

/* Retry signals that came too early. If it is still too early SIGALRM wakes
 * us. */
static void
signals_again(struct succession *h)
{
	struct itimerval later = { .it_value.tv_usec = LOOK_MS * 1000 };
	sigset_t early = h->early;

	sigemptyset(&h->early);
	signals_send(&early, successor_signal, h);
	if (!sigisemptyset(&h->early))
		setitimer(ITIMER_REAL, &later, NULL);
}

/* The tree has ended, and we wait for the keeper to say so.  Every ASK_S
 * seconds SIGALRM makes us check whether it still answers: a keeper that cannot
 * (out of descriptors, say) must not detain us; it will see us exit. */
static void
asking_begin(struct children *c)
{
	struct itimerval later = { .it_value.tv_sec = ASK_S };

	sigdelset(&c->seen, SIGALRM);
	setitimer(ITIMER_REAL, &later, NULL);
}

static bool
keeper_answers(const struct launch *l)
{
	struct frame reply;
	struct buf b = { 0 };
	enum sock_result r = ask_state(l->place.folder, l->place.slot.hash,
	    ANSWER_MS, &b, &reply);

	buf_free(&b);
	return r != SOCK_SLOW;
}

int
parent_stay(struct launch *l, pid_t pid, long long since)
{
	bool tree = l->o->terms.lifetime == LIFETIME_TREE;
	struct child child = { .pid = pid };
	struct children c = { .at = &child, .n = 1 };
	struct succession late = { .l = l, .since = since };
	const char *ignored;
	struct fault f;
	long long began;
	int fd = -1, r;

	began = clock_now();
	/* Before Linux 6.15 the keeper reads the exit status from the zombie:
	 * do not reap it yet, unless we must reap all children. */
	c.keep = !tree && !owner_tells_exit() && !parent_needed(getpid());
	if (children_listen(&c) < 0) {
		while (IO_RETRY(waitpid(pid, &child.status, 0)) < 0)
			;
		return status_ours(l, child.status);
	}
	children_wait(&c);
	if (tree && (ignored = tree_wait(l, since, &c))) {
		say_note("what ", l->place.slot.app, " has started ignores ",
		    ignored, ", and keeps running", NULL);
		return status_ours(l, child.status);
	}
	if (tree) {
		sigdelset(&c.seen, SIGTERM); /* it was for the tree */
		asking_begin(&c);
	}
	if (!tree) { /* better twice to a daemon than not at all */
		late.early = c.late;
		signals_again(&late);
	}
	/* Waiting for the instance's end tells the keeper that we no longer
	 * hold the slot. */
	while ((r = watch_instance(&l->place, since, &fd, c.signals, 0,
	    &f)) == WATCHED_ALARM) {
		root_open(&l->place.root, &f);
		children_take(&c, successor_signal, &late);
		if (!tree)
			signals_again(&late);
		/* The process that lives on is not our child: it does not need
		 * us. */
		if (tree && sigismember(&c.seen, SIGTERM))
			break;
		if (tree && sigismember(&c.seen, SIGALRM)) {
			if (!keeper_answers(l))
				break;
			asking_begin(&c);
		}
	}
	if (r < 0)
		say_fault(&f);
	else if (clock_now() - began < BRIEF_MS)
		leftover_tell(&l->place, since);
	io_close(&fd);
	return status_ours(l, child.status);
}
