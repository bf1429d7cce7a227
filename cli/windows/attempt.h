/*
 * attempt.h: one attempt to raise a window: what each way is given (ways.h).
 */
#ifndef RAISE_ATTEMPT_H
#define RAISE_ATTEMPT_H

#include "cli/windows/compositor.h"
#include "cli/windows/tree.h"

struct x11;

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

/* The outcome of a way: RAISED, HIDDEN, HUNG; ASKED: the window did not come
 * up; NO_WINDOW: the way works here, but found none; FORBIDDEN: the compositor
 * lets no client do it; NO_DISPLAY: the way does not work here. */

#endif
