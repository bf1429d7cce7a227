/*
 * graphical.h: whether the instance is a graphical program, and whether it has
 * had a window.
 */
#ifndef KEEPER_GRAPHICAL_H
#define KEEPER_GRAPHICAL_H

#include <sys/types.h>

#include <stdbool.h>

struct keeper;

bool graphical_now(struct keeper *k);

/* Whether process pid has loaded a library that speaks to a display. */
bool graphical_is(pid_t pid);

/* When to look again, on clock_now: it has just started, and may become one; 0:
 * it is known. */
long long graphical_unsure(struct keeper *k);

/* Whether the owner has shown a window, as far as we have looked. */
bool graphical_was_seen(struct keeper *k);
void graphical_seen(struct keeper *k);   /* it shows a window */
void graphical_window(struct keeper *k); /* the same, or one that hangs */

/* Whether the owner, which has exited, certainly never had a window. */
bool graphical_never(struct keeper *k);

/* When to start awaiting its first window, on clock_now; 0: we do, or need
 * not. */
long long graphical_due(struct keeper *k);
void graphical_round(struct keeper *k); /* do it, if it is time */

/* Was it the helper that awaits its first window? */
bool graphical_reap(struct keeper *k, pid_t pid, int status);
void graphical_end(struct keeper *k); /* the instance is over */

#endif
