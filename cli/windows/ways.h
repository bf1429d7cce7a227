/*
 * ways.h: the ways to raise a window.
 */
#ifndef WAYS_H
#define WAYS_H

#include "cli/windows/attempt.h"
#include "cli/base/text.h"

/* Try the ways in order, by the deadline; the caller has set instance, least, x
 * and token of a.  how, for the user: the way that succeeded, or each that was
 * tried, and why it failed. */
enum outcome ways_raise(struct attempt *a, long long deadline,
    struct text *how);

/* If ways_raise found no window: ask the program by its name on the bus; it may
 * do more than raise.  The result is added to how. */
enum outcome ways_activate(struct attempt *a, long long deadline,
    struct text *how);

/* Raise a window of process pid itself: RAISED, ASKED, NO_WINDOW, NO_DISPLAY.
 * By the ways that see processes, else by our library in it, if pid is in any
 * slot of the root that contains this slot's folder (may be NULL). */
enum outcome ways_raise_process(pid_t pid, const char *folder,
    long long deadline);

/* By wlr-foreign-toplevel-management, which knows windows by name and title. */
enum outcome foreign_raise(struct attempt *a);

/* By a script in KWin, which knows windows by process. */
enum outcome kwin_raise(struct attempt *a);

#endif
