/*
 * close.h: ask the windows of an X server to close.
 */
#ifndef RAISE_CLOSE_H
#define RAISE_CLOSE_H

#include "cli/windows/windows.h"
#include "cli/windows/x11.h"

/* Ask all windows of the instance to close (WM_DELETE_WINDOW), as the user's
 * click does, but dialogs only if there are no others.  Returns how many. */
int x11_ask_close(struct x11 *x, const struct instance *i);

#endif
