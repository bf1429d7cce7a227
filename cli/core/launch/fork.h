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
void fork_go(struct launch *l, int *go);
void fork_forget(struct born *b, int *go, pid_t child);

/* --background: fork.  Returns 0 in the child, which goes on as the launch; else
 * *status is set: 0 once the program has been started, or what the child ended
 * with; or -1 (fault). */
int background_begin(struct born *b, int *status, struct fault *f);

/* In the child, for the caller, who waits: code 0 before the program is
 * executed, the exit code if that fails.  background_leave: this process
 * executes no program.  Without --background they do nothing. */
void background_tell(struct born *b, int code);
void background_leave(struct born *b);

/* Open /dev/null, close-on-exec, in place of closed descriptors 0 to 2: our
 * files must not get these numbers.  Bit i: descriptor i was closed. */
unsigned int born_closed(void);

#endif
