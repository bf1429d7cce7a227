/*
 * attempt.h: one look for a window, by the ways that there are.
 */
#ifndef RAISE_ATTEMPT_H
#define RAISE_ATTEMPT_H

#include "cli/raise/compositor.h"
#include "cli/raise/tree.h"

struct x11;

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

/* What comes of a way: RAISED, HUNG; ASKED: it tried, in vain; NO_WINDOW: it
 * can, and there is none; FORBIDDEN: the compositor does not let it;
 * NO_DISPLAY: this is no place for it. */

#endif
