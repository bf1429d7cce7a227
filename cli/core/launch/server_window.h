/*
 * server_window.h: commands that exit at once, and leave their window to a
 * server.
 */
#ifndef SERVER_WINDOW_H
#define SERVER_WINDOW_H

#include "cli/core/slot/root.h"

/* Note that this command leaves its window to a server: there is no instance
 * while the window is open. args: its arguments, NULL-ended. false: it does
 * not, or has the option with which it stays. */
bool server_window_tell(const char *program, char *const args[]);

/* The same before it is launched, but not if the root has an earlier launch of
 * the application: then the user knows. */
void server_window_once(const char *program, char *const args[],
    const struct root *r, const char *app);

#endif
