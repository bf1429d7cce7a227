/*
 * raise.c: re-display the instance by a helper process, onlyone-raise, so that
 * the keeper's loop never waits for a display.
 *
 * A launch waits for the helper only if it wants to know the outcome.  Only one
 * helper runs at a time: one more run does all that is asked meanwhile.
 */
#include <sys/mman.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/client.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/raise.h"
#include "cli/core/keeper/reply.h"
#include "cli/core/keeper/state.h"
#include "cli/base/look.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/windows/outcome.h"
#include "cli/core/slot/owner.h"
#include "cli/base/text.h"
#include "cli/core/wire/carried.h"
#include "cli/core/wire/sock.h"

/*
 * A launch that activates a graphical program ends when the program shows a
 * window.
 *
 * A program that was closed a moment ago runs on for a while without a window:
 * it saves its data or cleans up.  Arguments that it gets in that time are lost
 * when it ends, and no window appears.  So the launch waits for a window; if
 * the program ends before that it has taken nothing, and the launch starts
 * over.
 *
 * A window that was asked to close, or whose program has crashed, may still be
 * there.  So the helper (onlyone-raise --shown) looks only after a moment, and
 * then again and again, beside the loop.
 */

enum {
	SETTLE_MS = 300,  /* for a window that was asked to close */
	REFUSED_MS = 1400, /* for an instance to end if its handler, the program
	                    * itself, says that it took nothing */
	LOOK_MS = 200,    /* between two looks for a window */
	STRANGER_MS = 1000 /* for a program to end whose libraries cannot be
	                    * read and that does not speak to the display */
};

static void
look_start(struct keeper *k)
{
	pid_t pid = helper_shown(k);

	k->window.pid = pid > 0 ? pid : 0;
	k->window.began = clock_now();
	k->window.next = k->window.began + LOOK_MS;
	point("window-look");
}

/* Whether the owner has ended or is about to; whether it is stopped. */
static bool
is_ending(const struct keeper *k)
{
	return owner_ended(k->c->pidfd) || proc_dying(k->c->info.owner.pid);
}

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
	bool its = c->since == k->c->info.since, dying = false;
	/* No failure if the handler is the program itself: it may have met an
	 * instance that was ending. */
	bool failed = status && !(terms->self && c->shows);
	/* A handler or the signal may end the program on purpose: then its end
	 * does not count as dying. */
	bool shows = c->shows || (!taken && !terms->signal);

	c->status = status;
	c->taken = taken;
	if (!failed && shows && its && k->state == OWNED && !k->tenure.unseen)
		dying = is_ending(k);
	if (failed || (!c->shows && !dying) || (k->state != VACANT &&
	    (!its || client_full(k) || (!dying && is_stopped(k))))) {
		raise_answer(k, cl, status, taken);
	} else if (k->state == VACANT) {
		reply_last(k, cl, FRAME_AGAIN);
	} else {
		client_stage(k, cl, SHOWING);
		c->look = dying ? 0 : clock_now() +
		    (c->toggles ? 0 : status ? REFUSED_MS : SETTLE_MS);
	}
}

/* Stop waiting for a window: there is one, or none is needed any more. */
static void
shown(struct keeper *k, struct client *cl)
{
	raise_answer(k, cl, cl->caller.status, cl->caller.taken);
}

void
window_late(struct keeper *k, struct client *cl)
{
	struct caller *c = &cl->caller;

	if (!c->unshown) {
		c->unshown = true;
		cl->deadline += WINDOW_MS - SHOW_MS;
		reply_unshown(k, cl);
	} else {
		c->raised = k->window.hangs ? OUTCOME_HUNG : OUTCOME_NO_WINDOW;
		c->tells = false; /* answer at once */
		shown(k, cl);
	}
}

/* A look that began at `since` has found no window: --raise=toggle is of no use
 * to a program that has shown none. */
static void
toggles_answer(struct keeper *k, long long since)
{
	struct client *cl = NULL;

	while ((cl = client_at(k, SHOWING, cl))) {
		if (cl->caller.toggles && cl->caller.look &&
		    cl->caller.look <= since) {
			cl->caller.unshown = true;
			window_late(k, cl);
		}
	}
}

bool
window_reap(struct keeper *k, pid_t pid, int status)
{
	struct window *w = &k->window;
	struct client *cl = NULL;
	long long since = w->began;

	if (pid != w->pid)
		return false;
	w->pid = 0;
	w->hangs = helper_outcome(status) == OUTCOME_HUNG;
	switch (helper_outcome(status)) {
	case OUTCOME_NO_WINDOW:
		toggles_answer(k, since);
		return true;
	case OUTCOME_HUNG: /* the window may be closing */
		return true;
	case OUTCOME_STRANGER:
		if (!k->graphical.unsure)
			return true; /* it has left the display: ending? */
		since -= STRANGER_MS;
		break;
	default:
		break;
	}
	while ((cl = client_at(k, SHOWING, cl))) {
		if (cl->caller.look && cl->caller.look <= since)
			shown(k, cl);
	}
	for (struct handler *h = k->handlers; h; h = h->next)
		h->seen |= h->instance && h->instance <= since;
	return true;
}

/* Whether to look for a window of this handler: it has become the instance, not
 * long ago, and has not shown one yet. */
static bool
is_looked_for(const struct handler *h)
{
	return h->instance && !h->seen && h->caller &&
	    h->caller->caller.shows && clock_now() - h->instance < WINDOW_MS;
}

long long
window_due(const struct keeper *k)
{
	const struct client *cl = NULL;
	long long due = 0;

	for (const struct handler *h = k->handlers; h; h = h->next) {
		if (is_looked_for(h))
			due = k->window.next > h->instance ? k->window.next :
			    h->instance;
	}
	while ((cl = client_at(k, SHOWING, cl))) {
		if (cl->caller.look)
			clock_earlier(&due, cl->caller.look > k->window.next ?
			    cl->caller.look : k->window.next);
	}
	return k->window.pid ? 0 : due;
}

void
window_round(struct keeper *k)
{
	long long due = window_due(k);

	if (due && due <= clock_now())
		look_start(k);
}

void
window_end(struct keeper *k)
{
	struct client *cl = NULL;

	if (k->window.pid)
		kill(k->window.pid, SIGTERM);
	k->window.pid = 0;
	while ((cl = client_at(k, SHOWING, cl)))
		reply_last(k, cl, FRAME_AGAIN);
}

/*
 * Whether the instance is a graphical program: only then a window is worth
 * waiting for.
 *
 * It is one if it has loaded a library that speaks to a display, or has shown a
 * window.  It is none if it is what its terminal shows, such as an editor that
 * uses the display only for its clipboard.  A program whose libraries cannot be
 * read (it protects secrets, or has released its memory and is about to end)
 * counts as graphical until looks for its windows have found for a while that
 * it does not speak to the display.
 */

enum {
	ANEW_MS = 1000, /* after that, look at it again */
	CHILDREN = 8,   /* children of a wrapper that are looked at */
	LEVELS = 3,     /* of wrappers inside of wrappers */
	MAPS_LIMIT = 4 << 20
};

/* Whether a process has loaded a library that speaks to a display: 1, 0; -1:
 * cannot be told. */
static int
has_library(pid_t pid)
{
	static const char *const names[] = { "/libX11.so", "/libxcb.so",
		"/libwayland-client.so" };
	struct buf b = { 0 };
	int has = -1;

	if (look_file(pid, "maps", &b, MAPS_LIMIT) < 0)
		has = errno == ETIMEDOUT ? 0 : -1; /* it is inside execve(2) */
	else if (b.len)
		has = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names) && !has; i++)
		has = memmem(b.at, b.len, names[i], strlen(names[i])) != NULL;
	buf_free(&b);
	return has;
}

/* The same for a process and its descendants: it may be a wrapper. */
static int
has_display(pid_t pid, int levels)
{
	pid_t pids[CHILDREN];
	int has = has_library(pid);
	size_t n = levels && !has ? proc_children(pid, pids, CHILDREN) : 0;

	for (size_t i = 0; i < n; i++) {
		if (has_display(pids[i], levels - 1) > 0)
			return 1;
	}
	return has;
}

/* Whether a process is what its terminal shows: it is in the foreground there,
 * and the terminal passes on each key (no ICANON). */
static bool
on_terminal(pid_t pid)
{
	char name[32], path[64];
	struct termios t;
	struct text line;
	struct proc p;
	bool raw;
	int fd;

	if (proc_read(pid, &p) < 0 || look_proc(pid, &p) < 0 || !p.tty ||
	    p.foreground != p.group)
		return false;
	line = text_in(path, sizeof(path));
	text_all(&line, "/dev/", proc_tty(p.tty, name, sizeof(name)), NULL);
	fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	raw = fd >= 0 && tcgetattr(fd, &t) == 0 && !(t.c_lflag & ICANON);
	io_close(&fd);
	return raw;
}

bool
graphical(struct keeper *k)
{
	pid_t pid = k->tenure.unseen ? 0 : k->c->info.owner.pid;
	struct graphical *w = &k->graphical;
	int has;

	if (w->of != pid) {
		w->of = pid;
		w->is = w->seen = false;
		w->anew = 0;
	}
	if (pid && w->anew <= clock_now()) {
		look_begin();
		has = w->seen ? 1 : has_display(pid, LEVELS);
		w->unsure = has < 0;
		w->is = has && !on_terminal(pid);
		look_end();
		w->anew = clock_now() + ANEW_MS;
	}
	return w->is;
}

static void
graphical_seen(struct keeper *k)
{
	graphical(k); /* makes k->graphical about this owner */
	k->graphical.seen = true;
	k->graphical.anew = 0; /* it counts from now on */
}

enum {
	IDS = 64, /* as many as the helper takes */
	LOST = 768
};

static void
job_clear(struct raise_job *next)
{
	buf_free(&next->env);
	*next = (struct raise_job){ 0 };
}

/* Send the answer that has waited for the outcome. */
static void
raise_tell(struct keeper *k, struct client *cl, int outcome)
{
	cl->caller.raised = outcome;
	reply_outcome(k, cl, cl->caller.status, cl->caller.taken);
}

/* Take HOW out of the helper's output, "WORDS (HOW)". */
static void
how_take(struct raise *r)
{
	char said[sizeof(r->how)], *from, *to;
	ssize_t n = r->words < 0 ? 0 :
	    pread(r->words, said, sizeof(said) - 1, 0);

	io_close(&r->words);
	r->how[0] = '\0';
	said[n > 0 ? n : 0] = '\0';
	from = strstr(said, " (");
	to = strrchr(said, ')');
	if (!from || !to || to < from)
		return;
	*to = '\0';
	memcpy(r->how, from + 2, strlen(from + 2) + 1);
}

/* The current run has ended: answer the launches that wait for its outcome, or
 * for that of an earlier run. */
static void
run_over(struct keeper *k, int outcome)
{
	struct raise *r = &k->raise;
	struct client *cl = NULL;

	r->pid = 0;
	r->done = r->run;
	how_take(r);
	r->outcome = outcome;
	while ((cl = client_at(k, RAISED, cl))) {
		if (cl->caller.raise_run <= r->done)
			raise_tell(k, cl, outcome);
	}
	if (outcome == OUTCOME_RAISED)
		graphical_seen(k);
}

/* Start the next run if one is asked for and none is under way. */
static void
run_next(struct keeper *k)
{
	struct raise *r = &k->raise;

	if (r->pid || !r->next.asked || k->state == VACANT)
		return;
	/* Without the memfd launches are told the outcome only. */
	r->words = r->next.say ? memfd_create("onlyone", MFD_CLOEXEC) : -1;
	r->pid = helper_raise(k);
	point("raise-started");
	r->run++;
	job_clear(&r->next);
	if (r->pid < 0)
		run_over(k, OUTCOME_ABSENT);
}

/* Add this variable of the request's environment to the job.  False: the
 * request has none, or it is not accepted. */
static bool
job_take(struct raise_job *next, struct client *cl, const char *name)
{
	const char *e = helper_env(&cl->caller.request.body, name);

	if (!e || !client_env(cl, e -= strlen(name) + 1))
		return false;
	fields_put(&next->env, "env", e);
	return true;
}

/* Add what the helper needs from the request: its display, if no earlier
 * request has given one, and its start-up token, to complete the start-up. */
static void
job_add(struct raise_job *next, struct client *cl)
{
	bool first = !next->env.len;

	for (size_t n = 0; first && n < CARRIED_DISPLAYS; n++)
		job_take(next, cl, carried_displays[n]);
	if (next->ids < IDS)
		next->ids += job_take(next, cl, STARTUP_ID);
	if (next->ids < IDS)
		next->ids += job_take(next, cl, ACTIVATION_TOKEN);
}

/* Number of leading arguments that need no handler (own=). */
static size_t
own_count(const struct fields *body)
{
	bool odd;

	return (size_t)fields_range(body, "own", 0, INT_MAX, 0, &odd);
}

/* Whether to use this mode.  If a window is in front already, cycle shows
 * another one and toggle hides it: only for a launch without a document, and
 * only once, not while it waits. */
static bool
mode_fits(enum raise_mode mode, enum raise_why why, const struct fields *body)
{
	return mode == RAISE_HERE ||
	    (fields_count(body, "arg") <= own_count(body) &&
	    (why == RAISE_UNTAKEN || why == RAISE_TAKEN));
}

/* Note the arguments that no handler took, of one launch only.  Nothing is lost
 * if the instance has the same arguments and they are no documents. */
static void
lost_put(struct raise_job *next, const struct fields *body,
    const struct fields *runs)
{
	struct fields job = { next->env.at, next->env.len };
	const char *arg = NULL, *its = fields_next(runs, "arg", NULL);
	size_t n = own_count(body);
	struct untaken u = { .n = 0 };
	char said[LOST];
	struct text t;
	bool same = its;

	while ((arg = fields_next(body, "arg", arg))) {
		its = same ? fields_next(runs, "arg", its) : NULL;
		same = its && !strcmp(arg, its);
		if (n)
			n--;
		else
			untaken_add(&u, arg);
	}
	same = same && !fields_next(runs, "arg", its) && !u.document;
	if (!u.n || same || fields_get(&job, "lost"))
		return;
	t = text_in(said, sizeof(said));
	untaken_text(&u, &t);
	fields_put(&next->env, "lost", said);
}

void
raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after)
{
	const struct fields *body = &cl->caller.request.body;
	enum raise_mode mode = raise_mode(fields_get(body, "raise"),
	    k->c->info.terms.raise);
	struct raise_job *next = &k->raise.next;
	bool known, wanted, untaken, last, say;

	cl->caller.since = k->c->info.since;
	last = why == RAISE_UNTAKEN || why == RAISE_TAKEN;
	wanted = k->c->info.terms.raise != RAISE_NEVER &&
	    !k->tenure.unseen && mode != RAISE_NEVER;
	known = helper_display(NULL) ||
	    (helper_display(body) && client_ours(cl));
	if (wanted && !known && !helper_pane()) {
		cl->caller.raised = OUTCOME_NO_DISPLAY;
		wanted = false;
	}
	if (!wanted && !(known && helper_env(body, STARTUP_ID)))
		return;
	job_add(next, cl);
	next->asked = true;
	if (k->raise.pid > 0)
		kill(k->raise.pid, SIGUSR1);
	next->wanted |= wanted;
	next->how = mode_fits(mode, why, body) ? mode : RAISE_AUTO;
	untaken = why == RAISE_UNTAKEN;
	cl->caller.shows = wanted && last && helper_sees(k) &&
	    graphical(k);
	cl->caller.toggles = cl->caller.shows && untaken &&
	    next->how == RAISE_TOGGLE && !k->graphical.seen;
	next->patient |= cl->caller.shows;
	next->untaken |= untaken && !k->c->info.terms.signal &&
	    !cl->caller.shows;
	if (untaken)
		lost_put(next, body, &k->c->info.all);
	next->waits |= why == RAISE_LATE;
	/* Notify only if no handler takes the activation, or if it has waited
	 * for long. */
	next->notify |= (untaken || why == RAISE_LATE) &&
	    fields_num(body, "notify", 0) == 1;
	next->after = after;
	say = fields_num(body, "say", 0) == 1;
	cl->caller.elsewhere = known && helper_elsewhere(body);
	/* A helper that is already running does not know this request: wait for
	 * the next one. */
	if (wanted && last)
		cl->caller.raise_run = k->raise.run + 1;
	cl->caller.tells = wanted && last && (say || cl->caller.elsewhere);
	next->say |= cl->caller.tells;
	run_next(k);
}

void
raise_late(struct keeper *k, struct client *cl)
{
	raise_tell(k, cl, OUTCOME_LATER);
}

void
raise_answer(struct keeper *k, struct client *cl, int status, bool taken)
{
	struct caller *c = &cl->caller;

	c->status = status;
	c->taken = taken;
	if (!c->tells)
		reply_outcome(k, cl, status, taken);
	else if (c->raise_run <= k->raise.done)
		raise_tell(k, cl, k->raise.outcome);
	else if (k->state == VACANT)
		/* The instance is over: nothing is raised any more, and the
		 * keeper ends with its last handler. */
		raise_tell(k, cl, OUTCOME_NO_WINDOW);
	else if (client_full(k))
		/* All connections are in use: do not keep others waiting. */
		raise_late(k, cl);
	else
		client_stage(k, cl, RAISED);
}

bool
raise_reap(struct keeper *k, pid_t pid, int status)
{
	if (pid != k->raise.pid)
		return false;
	run_over(k, helper_outcome(status));
	run_next(k);
	return true;
}

void
raise_end(struct keeper *k)
{
	struct client *cl = NULL;

	if (k->raise.pid)
		kill(k->raise.pid, SIGTERM);
	job_clear(&k->raise.next);
	while ((cl = client_at(k, RAISED, cl)))
		raise_tell(k, cl, OUTCOME_NO_WINDOW);
}
