/*
 * ways.h: the ways to raise a window.
 */
#ifndef WAYS_H
#define WAYS_H

#include "cli/base/text.h"
#include "cli/windows/compositor.h"
#include "cli/windows/tree.h"

struct x11;

/* One attempt to raise a window: what each way is given. */
struct attempt {
	const struct instance *instance;
	enum kin least;          /* processes farther than this do not count */
	struct x11 *x;           /* NULL: no X server */
	struct compositor *c;    /* NULL: no Wayland compositor */
	const char *token;       /* of the launcher; NULL: none */
	long long deadline;      /* of the way that is tried */
	const char *why;         /* why that way failed, for the user; NULL */
	bool mute;               /* there is a compositor, but no way tells
				  * which process has which window */
};

/* The outcome of a way: RAISED, HUNG; ASKED: the window did not come up;
 * NO_WINDOW: the way works here, but found none; FORBIDDEN: the compositor lets
 * no client do it; UNABLE: it would let the program; NO_DISPLAY: the way does
 * not work here. */

/* Try the ways in order, by the deadline; the caller has set instance, least, x
 * and token of a.  how, for the user: the way that succeeded, or each that was
 * tried, and why it failed. */
enum outcome ways_raise(struct attempt *a, long long deadline,
    struct text *how);

/* If ways_raise found no window: ask the program by its name on the bus; it may
 * do more than raise.  The result is added to how. */
enum outcome ways_activate(struct attempt *a, long long deadline,
    struct text *how);

/* Raise a window of process pid itself, by the ways that see processes: RAISED,
 * ASKED, NO_WINDOW, NO_DISPLAY. */
enum outcome ways_raise_process(pid_t pid, long long deadline);

/* By wlr-foreign-toplevel-management, which knows windows by name and title. */
enum outcome foreign_raise(struct attempt *a);

/* By a script in KWin, which knows windows by process; kwin_close asks all that
 * are nearest to close: RAISED if there are some. */
enum outcome kwin_raise(struct attempt *a);
enum outcome kwin_close(struct attempt *a);

/* For a program without a window of its own: select its pane in a multiplexer
 * and raise the terminal that it runs in.  Our environment must be the
 * program's.  x may be NULL.  TERMINAL, ASKED, else NO_WINDOW, also if the pane
 * was selected but no client of the multiplexer shows it. */
enum outcome terminal_raise(struct x11 *x, const struct instance *i,
    long long deadline);

#endif
