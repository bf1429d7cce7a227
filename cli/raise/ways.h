/*
 * ways.h: the ways there are to raise a window, and which was taken.
 */
#ifndef WAYS_H
#define WAYS_H

#include "cli/raise/compositor.h"
#include "cli/raise/raise.h"
#include "cli/text.h"

/* One look for a window, and what there is for it. */
struct attempt {
	const struct instance *instance;
	enum kin least;          /* of processes: nothing farther */
	struct x11 *x;           /* NULL: no X server */
	struct compositor *c;    /* NULL: no Wayland compositor */
	const char *token;       /* the launcher's; NULL */
	long long deadline;      /* of the way that is tried */
	const char *why;         /* it did not do, in words; NULL */
	bool mute;               /* there is a compositor, and it shows nobody
				  * whose windows are whose */
};

/* Try them in order, by the deadline; of a, instance, least, x and token are
 * given.  What came of it; how, for the user, in how: by which way, or each
 * that was tried, and why it did not do. */
enum outcome ways_raise(struct attempt *a, long long deadline,
    struct text *how);

/* When none of these found a window: by the program's name on the bus, which
 * may do more than was asked.  What it did is added to how. */
enum outcome ways_activate(struct attempt *a, long long deadline,
    struct text *how);

/* A window of process pid itself, by those ways that see processes, or by our
 * library in it, if it is of an instance whose slot is beside the one in this
 * folder (NULL): RAISED, ASKED, NO_WINDOW, NO_DISPLAY. */
enum outcome ways_raise_process(pid_t pid, const char *folder,
    long long deadline);

/* Each: RAISED, HUNG; ASKED: it tried, in vain; NO_WINDOW: it can, and there
 * is none; FORBIDDEN: the compositor does not let it; NO_DISPLAY: this is no
 * place for it. */

/* kwin.c: a script in KWin, by process. */
enum outcome kwin_raise(struct attempt *a);

/* foreign.c: wlr-foreign-toplevel-management, by name and title. */
enum outcome foreign_raise(struct attempt *a);

/* inside.c: the program's own request, by our library in it; by D-Bus, of a
 * program without that. */
enum outcome inside_raise(struct attempt *a);
enum outcome inside_raise_process(struct attempt *a, pid_t pid,
    const char *folder);
enum outcome application_raise(struct attempt *a);

#endif
