/*
 * closing_check.c: decide when a launch that activates a graphical program is
 * done: when the program shows a window, or need not show one.
 *
 * A program whose window was just closed keeps running for a while: it saves
 * its data or cleans up.  Arguments that it gets in that time are lost when it
 * exits, and no window appears.  So the launch waits for a window; if the
 * program exits first, it has taken nothing, and the launch starts over.
 *
 * It waits longer than SHOW_MS only if the program seems to be exiting: its
 * window is gone, or the kernel is ending it.  It does not wait for a program
 * that never had a window (a player, one in a tray, one still starting).  If
 * that exits after all, the user is told which documents it was given
 * (left_tell).
 *
 * A window that was asked to close, or whose program has crashed, may still be
 * there.  So onlyone-raise looks a moment later, or once more.  If the window
 * does not respond, the program is busy or exiting.  A handler that exited with
 * 0 means that the program took the arguments: the launch does not wait.
 * Without a handler there is only the window to go by.
 *
 * The launch's attendant waits and decides (window_await); the keeper does what
 * it says (verdict_do).  If another process becomes the owner, another attendant
 * waits for its window.
 */
#include <sys/prctl.h>
#include <sys/wait.h>

#include <bsd/unistd.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/keeper/asks.h"
#include "cli/core/keeper/child.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/closing_check.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/history.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/core/slot/owner.h"
#include "cli/windows/outcome.h"

enum {
	SETTLE_MS = 300,  /* for a window that was asked to close */
	REFUSED_MS = 1400, /* for an instance to exit if its handler, the
	                    * program itself, reports that it took nothing */
	LOOK_MS = 200,    /* between two looks for a window */
	SHOW_MS = 1000    /* for a window; then the launch goes, or learns why
	                   * not */
};

/* What becomes of the launch: its attendant's exit status. */
enum verdict {
	UNDECIDED,
	SHOWN,      /* there is a window */
	UNKNOWN,    /* we cannot see any */
	LEAVES,     /* no reason to wait longer */
	NEVER,      /* the same; no handler took its arguments: say so */
	REOPENS,    /* the program had a window: a second start may bring one */
	UNSHOWN,    /* a second start has brought none: say so */
	HUNG,       /* there is a window, which does not respond */
	WINDOWLESS  /* the program runs on without one */
};

/*
 * In the attendant.  It knows what the keeper knew when it was forked.
 */

struct wait {
	struct keeper *k;
	struct client *cl;
	bool dying;    /* the kernel is ending the program */
	bool seen;     /* the program has had a window */
	bool settled;  /* a window that is there is not closing */
	bool wait_known; /* the launch knows that it waits for a window */
	int last;      /* what the last look saw, an outcome */
	int pause;     /* ms until the next look */
};

/* Look, or wait so long for a window.  An outcome; FAILED: not known, since no
 * process could be forked, or this took longer than limit_ms. */
static int
look_run(struct keeper *k, int wait_ms, int limit_ms)
{
	pid_t pid = helper_shown(k, wait_ms);
	int pidfd, status = 0;
	bool late;

	if (pid < 0)
		return OUTCOME_FAILED;
	pidfd = owner_pidfd(pid);
	late = pidfd >= 0 && io_wait(pidfd, POLLIN, limit_ms) == IO_LATE;
	io_close(&pidfd);
	if (late)
		kill(pid, SIGKILL);
	IO_RETRY(waitpid(pid, &status, 0));
	return late ? OUTCOME_FAILED : helper_outcome(status);
}

/* Whether a second start was made for a window, and has handed over: if none
 * comes within a moment, say so. */
static bool
is_reopened(const struct caller *c)
{
	return c->reopens && c->taken;
}

/* There is no window, but the program had one: it may be in a tray.  (A program
 * that never had one may be a server.)  For a launch without documents, start
 * the program a second time, if that hands over, to bring its window.  With
 * documents that was tried already. */
static bool
may_reopen(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	if (c->reopens || c->taken || second_allowed(k, cl))
		return false;
	c->reopens = true;
	return second_allowed(k, cl);
}

/* There is no window. */
static enum verdict
none_decide(const struct wait *w)
{
	const struct graphical *g = &w->k->graphical;
	const struct caller *c = &w->cl->caller;

	if (w->seen)
		return may_reopen(w->k, w->cl) ? REOPENS : UNDECIDED;
	/* The program never had one, as far as we know. */
	if (!g->watched || is_reopened(c))
		return UNDECIDED;
	return !c->taken && g->windowless ? NEVER : LEAVES;
}

/* What this outcome of a look decides. */
static enum verdict
look_decide(struct wait *w, int outcome)
{
	w->last = outcome;
	w->pause = LOOK_MS;
	switch (outcome) {
	case OUTCOME_FAILED:
		return UNDECIDED;
	case OUTCOME_HUNG: /* the window may be closing */
		w->seen = true;
		return UNDECIDED;
	case OUTCOME_NO_WINDOW:
		return none_decide(w);
	case OUTCOME_RAISED:
		if (w->settled)
			return SHOWN;
		/* It is the first, and may be closing. */
		w->seen = w->settled = true;
		w->pause = SETTLE_MS;
		return UNDECIDED;
	default:
		return UNKNOWN;
	}
}

/* How long a look may take that is to end then, in ms: a moment longer, and once
 * longer than that, if the program has had a window. */
static int
look_limit(const struct wait *w, long long until)
{
	return w->seen && !w->wait_known ? WINDOW_MS :
	    clock_left(until) + SHOW_MS;
}

/* Look again and again until then, on clock_now.  If the windows are gone, wait
 * for the next one; if the program is, for its exit. */
static enum verdict
window_look(struct wait *w, long long until)
{
	enum verdict v = UNDECIDED;
	bool gone;

	if (w->dying) {
		clock_sleep(1000L * clock_left(until));
		return UNDECIDED;
	}
	do {
		clock_sleep(1000L * w->pause);
		gone = w->seen && w->last == OUTCOME_NO_WINDOW;
		v = look_decide(w, look_run(w->k, gone ? clock_left(until) : 0,
		    look_limit(w, until)));
	} while (v == UNDECIDED && (w->last == OUTCOME_RAISED ||
	    clock_now() < until));
	return v;
}

/* Wait for a window. */
static enum verdict
window_await(struct wait *w)
{
	long long until = clock_now() + SHOW_MS +
	    (w->cl->caller.status ? REFUSED_MS : 0);
	enum verdict v = window_look(w, until);

	if (v != UNDECIDED)
		return v;
	if (is_reopened(&w->cl->caller))
		return UNSHOWN;
	if (!w->dying && (w->last == OUTCOME_HUNG ? w->cl->caller.taken :
	    !w->seen))
		return LEAVES; /* no reason to wait longer than a moment */
	reply_unshown(w->k, w->cl);
	w->wait_known = true;
	v = window_look(w, until + WINDOW_MS - SHOW_MS);
	return v != UNDECIDED ? v : w->dying ? UNSHOWN :
	    w->last == OUTCOME_HUNG ? HUNG :
	    w->last == OUTCOME_NO_WINDOW ? WINDOWLESS : UNKNOWN;
}

/*
 * In the keeper.
 */

/* Note what a launch has handed over that goes before it is clear that the
 * program keeps running. */
static void
left_note(struct keeper *k, const struct caller *c)
{
	struct left *l = &k->left;
	size_t n = clock_now() < l->until ? strlen(l->what) : 0;
	struct text t = text_in(l->what + n, sizeof(l->what) - n);

	if (c->handed)
		l->until = clock_now() + WINDOW_MS;
	if (c->handed && *c->handed && c->taken)
		text_all(&t, n ? ", " : "", c->handed, NULL);
}

void
left_tell(struct keeper *k)
{
	struct left *l = &k->left;

	/* Its user ended it on purpose. */
	if (clock_now() < l->until && !k->tenure.ending &&
	    !k->closing.wanted) {
		history_note(&k->log, k->c->info.owner.pid,
		    "exited soon after a launch", *l->what ? l->what : NULL,
		    -1);
		helper_tell(k, l->what);
	}
	l->until = 0;
}

/* The answer says this of the window, and waits for no raising. */
static void
outcome_set(struct caller *c, int outcome)
{
	c->outcome = outcome;
	c->unshown = outcome == OUTCOME_NO_WINDOW;
	c->wants_outcome = false;
}

/* Do what the attendant of this launch has decided. */
static void
verdict_do(struct keeper *k, struct client *cl, enum verdict v)
{
	struct caller *c = &cl->caller;

	switch (v) {
	case REOPENS:
		graphical_window(k);
		c->reopens = true;
		client_stage(cl, WAITING);
		return;
	case SHOWN:
		graphical_seen(k);
		break;
	case HUNG:
		graphical_window(k);
		outcome_set(c, OUTCOME_HUNG);
		break;
	case WINDOWLESS:
		k->graphical.seen = false;
		outcome_set(c, OUTCOME_NO_WINDOW);
		break;
	case UNSHOWN:
		outcome_set(c, OUTCOME_NO_WINDOW);
		break;
	case NEVER:
		outcome_set(c, OUTCOME_NO_WINDOW);
		/* fall through */
	case LEAVES:
		left_note(k, c);
		break;
	default: /* or it was killed */
		break;
	}
	raise_answer(k, cl, c->status, c->taken);
}

/* The slot was given up, so nobody sees any more whether a program that has taken
 * something shows it, or was exiting: its launch has to learn that. */
static void
unwatched_answer(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	c->unwatched = c->taken && c->wants_window && !c->status;
	raise_answer(k, cl, c->status, c->taken);
}

/* Fork the attendant of a launch that waits.  Without one the launch goes, but if
 * the kernel is ending the program: then only that matters. */
static void
wait_attend(struct keeper *k, struct client *cl, bool dying)
{
	bool seen = graphical_was_seen(k);
	/* If it has had no window so far, none was asked to close. */
	struct wait w = { .k = k, .cl = cl, .dying = dying, .seen = seen,
		.settled = seen, .last = OUTCOME_FAILED,
		.pause = cl->caller.status ? REFUSED_MS : seen ? SETTLE_MS : 0 };
	pid_t keeper = getpid(), pid = child_fork(k, 0);

	if (pid == 0) {
		setproctitle("-onlyone attending %d", (int)cl->pid);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != keeper)
			_exit(UNKNOWN);
		io_keep(3, &cl->fd, 1);
		_exit(window_await(&w));
	}
	if (pid > 0)
		cl->attendant.pid = pid;
	else if (!dying)
		verdict_do(k, cl, LEAVES);
}

/* Whether the owner is stopped. */
static bool
is_stopped(const struct keeper *k)
{
	return proc_state(k->c->info.owner.pid) == 'T';
}

void
window_answer(struct keeper *k, struct client *cl, int status, bool taken)
{
	struct caller *c = &cl->caller;
	const struct terms *terms = &k->c->info.terms;
	/* The instance that it was for is over, and there was another one. */
	bool former = c->since != k->c->info.since;
	bool over = k->state == VACANT || former;
	bool dying = false;
	/* A failed handler that is the program itself counts, too: it may have
	 * met an instance that was exiting. */
	bool failed = status && !(terms->self && c->wants_window);
	/* A handler or the signal may end the program on purpose: then its exit
	 * does not count as dying. */
	bool shows = c->wants_window || (!taken && !terms->signal);

	c->status = status;
	c->taken = taken;
	if (!failed && shows && !over && k->state == OWNED &&
	    !k->tenure.unseen)
		dying = owner_ending(k->c->pidfd, k->c->info.owner.pid);
	if (failed || (!c->wants_window && !dying) ||
	    (!over && !dying && is_stopped(k))) {
		raise_answer(k, cl, status, taken);
	} else if (k->tenure.forgotten && !former) {
		unwatched_answer(k, cl);
	} else if (over) {
		reply_last(k, cl, FRAME_AGAIN);
	} else {
		client_unattend(cl);
		client_stage(cl, SHOWING);
		wait_attend(k, cl, dying);
	}
}

bool
window_reap(struct keeper *k, pid_t pid, int status)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl)) && cl->attendant.pid != pid)
		;
	if (!cl)
		return false;
	cl->attendant.pid = 0;
	/* Else it has looked at a process that exited: soon there is another
	 * one, or the instance is over. */
	if (k->state != SEEKING_SUCCESSOR)
		verdict_do(k, cl, WIFEXITED(status) ?
		    (enum verdict)WEXITSTATUS(status) : UNKNOWN);
	return true;
}

void
window_anew(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl))) {
		client_unattend(cl);
		if (helper_sees(k))
			wait_attend(k, cl, false);
		else
			verdict_do(k, cl, UNKNOWN);
	}
}

void
window_end(struct keeper *k)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl))) {
		if (k->tenure.forgotten)
			unwatched_answer(k, cl);
		else
			reply_last(k, cl, FRAME_AGAIN);
	}
}
