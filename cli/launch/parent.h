/*
 * parent.h: a launch that has to stay beside its program.
 */
#ifndef PARENT_H
#define PARENT_H

#include "cli/launch/launch.h"

/* Whether it has to (pid 1, subreaper), for the keeper must not become the
 * application's child. */
bool parent_needed(void);

/* Fork a child that waits for parent_go before it execs.  Its pid, 0 in the
 * child once it may go, with the caller's signal mask; -1.  In the parent all
 * signals are blocked afterwards, until parent_forget, which is for a child
 * that came to nothing. */
pid_t parent_fork(struct born *b, int *go);
void parent_go(const struct launch *l, int *go);
void parent_forget(struct born *b, int *go, pid_t child);

/* Stay until child and instance have ended; returns the exit status.  shim is
 * for programs that are begun again. */
int parent_stay(struct launch *l, pid_t child, long long since,
    const char *shim);

#endif
