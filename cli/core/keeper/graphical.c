/*
 * graphical.c: whether the instance is a graphical program, and whether it has
 * had a window.
 *
 * Only then is a window worth waiting for (closing_check.c).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/text.h"
#include "cli/core/keeper/graphical.h"
#include "cli/core/keeper/helper.h"
#include "cli/core/keeper/state.h"
#include "cli/windows/outcome.h"

/*
 * Whether the instance is a graphical program.
 *
 * It is one if it has loaded a library that speaks to a display, or has shown a
 * window.  It is not if its terminal shows it, such as an editor that uses the
 * display only for its clipboard.  A program whose libraries we cannot read (it
 * protects secrets, or has released its memory and is about to exit) counts as
 * graphical.
 */

enum {
	ANEW_MS = 1000, /* until the next look */
	WATCH_MS = 50,  /* for a program to load its libraries */
	BEGINS_MS = 1000, /* by then it has loaded them */
	SCRIPT_MS = 2000, /* the same for what an interpreter runs */
	CHILDREN = 8,   /* most children of a wrapper to check */
	LEVELS = 3,     /* of wrappers inside of wrappers */
	MAPS_LIMIT = 4 << 20
};

/* Whether a process has loaded a library that speaks to a display: 1, 0; -1:
 * not known. */
static int
has_library(pid_t pid)
{
	struct buf b = { 0 };
	int has = -1;

	if (look_file(pid, "maps", &b, MAPS_LIMIT) < 0)
		has = errno == ETIMEDOUT ? 0 : -1; /* it is inside execve(2) */
	else if (b.len)
		has = proc_maps_display(b.at, b.len);
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

bool
graphical_is(pid_t pid)
{
	bool is;

	look_begin();
	is = has_display(pid, LEVELS) > 0;
	look_end();
	return is;
}

/* Whether a process's terminal shows it: it is in the foreground there, and the
 * terminal passes on each key (no ICANON). */
static bool
on_terminal(pid_t pid)
{
	char name[32], path[64];
	struct termios t;
	struct text line;
	struct proc p;
	bool raw;
	int fd;

	if (look_proc(pid, &p) < 0 || !p.tty || p.foreground != p.group)
		return false;
	line = text_in(path, sizeof(path));
	text_all(&line, "/dev/", proc_tty(p.tty, name, sizeof(name)), NULL);
	fd = open(path, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	raw = fd >= 0 && tcgetattr(fd, &t) == 0 && !(t.c_lflag & ICANON);
	io_close(&fd);
	return raw;
}

void
graphical_end(struct keeper *k)
{
	if (k->graphical.watcher)
		kill(k->graphical.watcher, SIGTERM);
	k->graphical.watcher = 0;
}

/* Start over if there is another owner. The owner; 0: not visible. */
static pid_t
graphical_begin(struct keeper *k)
{
	pid_t pid = k->tenure.unseen ? 0 : k->c->info.owner.pid;

	if (k->graphical.of != pid) {
		graphical_end(k);
		k->graphical = (struct graphical){ .of = pid,
			.looked = clock_now(), .watch = clock_now() + WATCH_MS,
			.pause = WATCH_MS };
	}
	return pid;
}

bool
graphical_now(struct keeper *k)
{
	struct graphical *w = &k->graphical;
	pid_t pid = graphical_begin(k);
	int has;

	if (pid && w->anew <= clock_now()) {
		look_begin();
		has = w->seen ? 1 : has_display(pid, LEVELS);
		w->is = has && !on_terminal(pid);
		look_end();
		w->anew = clock_now() + ANEW_MS;
	}
	return w->is;
}

long long
graphical_unsure(struct keeper *k)
{
	long long age = clock_wall() - k->c->info.since;
	char exe[PATH_MAX];

	if (graphical_now(k) || age < 0 || age >= SCRIPT_MS)
		return 0;
	look_begin();
	if (age >= BEGINS_MS && !interp_find(look_exe(k->graphical.of, exe,
	    sizeof(exe))))
		age = SCRIPT_MS;
	look_end();
	if (age >= SCRIPT_MS)
		return 0;
	k->graphical.anew = 0;
	return clock_now() + WATCH_MS;
}

bool
graphical_was_seen(struct keeper *k)
{
	graphical_begin(k);
	return k->graphical.seen;
}

void
graphical_window(struct keeper *k)
{
	graphical_now(k); /* makes k->graphical about this owner */
	k->graphical.seen = true;
	k->graphical.anew = 0; /* it counts from now on */
	for (struct handler *h = k->handlers; h; h = h->next)
		h->seen |= h->instance != 0;
}

void
graphical_seen(struct keeper *k)
{
	graphical_window(k);
	k->left.until = 0; /* it goes on */
}

/*
 * Whether the instance has had a window.  A helper awaits the first one, beside
 * the loop, once the program has loaded a library that speaks to a display.
 * Later we look for it only now and then.
 */

enum {
	FIRST_MS = 15000,   /* a first window is awaited */
	CLOSED_MS = 1000,   /* no user closes a window sooner than that */
	RARELY_MS = 3600000 /* between two later looks, at most */
};

static bool
is_watching(struct keeper *k)
{
	const struct graphical *w = &k->graphical;

	if (k->state != OWNED || !helper_sees(k) ||
	    k->c->info.terms.raise == RAISE_NEVER)
		return false;
	graphical_begin(k);
	return !w->seen && !w->watcher;
}

void
graphical_round(struct keeper *k)
{
	struct graphical *w = &k->graphical;
	pid_t pid;
	bool is;

	if (!is_watching(k) || w->watch > clock_now())
		return;
	w->watch = clock_now() + w->pause;
	if (w->pause < RARELY_MS)
		w->pause *= 2;
	w->anew = 0;
	is = graphical_now(k);
	w->anew = 0; /* it is just beginning: look again when a launch asks */
	w->looked = clock_now();
	if (!is)
		return;
	pid = helper_shown(k, w->windowless ? 0 : FIRST_MS);
	w->watcher = pid > 0 ? pid : 0;
	w->watched |= pid > 0;
}

long long
graphical_due(struct keeper *k)
{
	return is_watching(k) ? k->graphical.watch : 0;
}

bool
graphical_reap(struct keeper *k, pid_t pid, int status)
{
	struct graphical *w = &k->graphical;
	int outcome = helper_outcome(status);

	if (pid != w->watcher)
		return false;
	w->watcher = 0;
	if (outcome == OUTCOME_RAISED)
		graphical_seen(k);
	else if (outcome == OUTCOME_HUNG)
		graphical_window(k);
	if (k->graphical.seen)
		return true;
	w->windowless = true;
	if (w->pause < FIRST_MS)
		w->pause = FIRST_MS;
	w->watch = clock_now() + w->pause;
	return true;
}

/* On Wayland only sway and our library in the program tell of windows. */
static bool
is_visible(const struct keeper *k)
{
	return helper_sees(k) && k->c->info.terms.raise != RAISE_NEVER &&
	    (!getenv("WAYLAND_DISPLAY") || getenv("SWAYSOCK") ||
	    k->c->mapping >= 0);
}

bool
graphical_never(struct keeper *k)
{
	struct graphical *w = &k->graphical;

	if (!is_visible(k))
		return false;
	graphical_begin(k);
	if (w->seen || w->windowless)
		return false;
	/* A process that exited has a result that we have not read yet. */
	return w->watcher ? proc_state(w->watcher) != 'Z' :
	    clock_now() - w->looked < CLOSED_MS;
}
