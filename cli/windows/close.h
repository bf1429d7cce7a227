/*
 * close.h: ask the windows of an X server to close.
 */
#ifndef RAISE_CLOSE_H
#define RAISE_CLOSE_H

#include "cli/windows/windows.h"
#include "cli/windows/x11.h"

/* What a look at windows that were asked to close finds. */
enum { SIGHT_TITLE = 128 };

struct sight {
	int asked;     /* windows that were asked, and are still there */
	int questions; /* windows that were opened after that */
	char title[SIGHT_TITLE]; /* of one question; "": it has none */
};

/* Ask all windows of the instance to close (WM_DELETE_WINDOW), as the user's
 * click does.  While a question is open we ask none: its answer decides.
 * Returns how many there are to ask. */
int x11_ask_close(struct x11 *x, const struct instance *i);

/* After that.  x11_sight: add to s what is seen; false: the server is
 * gone.  x11_is_awake: whether the program answers a ping.  x11_calm: the
 * windows stay: forget that we asked. */
bool x11_sight(struct x11 *x, const struct instance *i, struct sight *s);
bool x11_is_awake(struct x11 *x, const struct instance *i);
void x11_calm(struct x11 *x, const struct instance *i);

#endif
