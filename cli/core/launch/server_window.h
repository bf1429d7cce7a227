/*
 * server_window.h: commands that exit at once, and leave their window to a
 * server.
 */
#ifndef SERVER_WINDOW_H
#define SERVER_WINDOW_H

#include "cli/base/fields.h"
#include "cli/core/slot/root.h"

/* Note that this command is such a one: there is no instance while its window is
 * open.  args: its arguments, NULL-ended.  false: it is none, or has the option
 * with which it stays. */
bool server_window_tell(const char *program, char *const args[]);

/* The same before it is launched, but not if the root knows of an earlier launch
 * of the application: then it has been said. */
void server_window_once(const char *program, char *const args[],
    const struct root *r, const char *app);

#endif
