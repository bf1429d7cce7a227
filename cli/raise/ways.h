/*
 * ways.h: the ways there are to raise a window, and which was taken.
 */
#ifndef WAYS_H
#define WAYS_H

#include "cli/raise/attempt.h"
#include "cli/text.h"

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

#endif
