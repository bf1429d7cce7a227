/*
 * close.h: ask the windows of an X server to close.
 */
#ifndef RAISE_CLOSE_H
#define RAISE_CLOSE_H

#include "cli/raise/raise.h"
#include "cli/raise/sight.h"
#include "cli/raise/x11.h"

/* Ask all windows of the instance to close (WM_DELETE_WINDOW), as the
 * user's click does; where it has a question open, none is, and what counts is
 * the answer to that.  How many there are to ask. */
int x11_ask_close(struct x11 *x, const struct instance *i);

/* After that: add to s what is seen (sight.h); false: the server is gone.
 * Whether the program answers; that they stay, and nothing was asked. */
bool x11_sight(struct x11 *x, const struct instance *i, struct sight *s);
bool x11_is_awake(struct x11 *x, const struct instance *i);
void x11_calm(struct x11 *x, const struct instance *i);

#endif
