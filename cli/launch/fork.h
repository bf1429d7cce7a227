/*
 * fork.h: a child that is to be the program, and waits for the word.
 */
#ifndef FORK_H
#define FORK_H

#include "cli/launch/state.h"

/* Fork it.  Its pid, 0 in the child once it may go, with the caller's signal
 * mask; -1.  In the parent all signals are blocked afterwards, until
 * fork_forget, which is for a child that came to nothing. */
pid_t fork_begin(struct born *b, int *go);
void fork_go(const struct launch *l, int *go);
void fork_forget(struct born *b, int *go, pid_t child);

#endif
