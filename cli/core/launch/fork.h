/*
 * fork.h: a child that is to be the program, and waits until it may run.
 */
#ifndef FORK_H
#define FORK_H

#include "cli/core/launch/state.h"

/* Fork a child, which waits.  Returns its pid, or -1.  fork_go lets the child
 * run: there fork_begin returns 0, with the caller's signal mask.  fork_forget
 * ends a child that is not to run, and unblocks the signals, which fork_begin
 * blocks in the parent. */
pid_t fork_begin(struct born *b, int *go);
void fork_go(const struct launch *l, int *go);
void fork_forget(struct born *b, int *go, pid_t child);

/* Open /dev/null, close-on-exec, in place of closed descriptors 0 to 2: our
 * files must not get these numbers.  Bit i: descriptor i was closed. */
unsigned int born_closed(void);

#endif
