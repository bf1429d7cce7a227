/*
 * children.h: a child that is to be the program, and waits until it may run;
 * and the programs that a launch stays beside, as their parent.
 *
 * The launch forwards the signals that were meant for the program to all
 * children, stops when the terminal stops one of them, and reaps them.  Until
 * then their pids cannot be reused.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/core/launch/launch_state.h"

struct child {
	pid_t pid;  /* 0: it has ended */
	int status; /* its wait status, once ended */
	pid_t zombie; /* its pid, until it is reaped */
};

struct children {
	struct child *at;
	size_t n;
	int signals; /* signalfd(2) of all signals, which are blocked */
	bool keep;   /* do not reap them: leave zombies */
	sigset_t seen; /* the signals that came */
};

/* Block all signals, and have SIGCHLD as it is by default; and give both back as
 * the caller had them. */
void signals_block(struct born *b);
void signals_restore(const struct born *b);

/* Listen to signals.  0 or -1 (no descriptor). */
int children_listen(struct children *c);

/* Handle all pending signals.  Those that find no child alive go to late, if
 * that is not NULL. */
void children_take(struct children *c, void (*late)(void *, int), void *arg);

/* Wait until no child lives. */
void children_wait(struct children *c);

/* Fork a child, which waits.  Returns its pid, or -1.  fork_go lets the child
 * run: there fork_begin returns 0, with the caller's signal mask, and b->since
 * is when the instance began, by the parent's record.  fork_forget
 * ends a child that is not to run, and unblocks the signals, which fork_begin
 * blocks in the parent. */
pid_t fork_begin(struct born *b, int *go);
void fork_go(struct launch *l, int *go);
void fork_forget(struct born *b, int *go, pid_t child);

/* --background: fork.  Returns 0 in the child, which goes on as the launch;
 * else *status is set: 0 once the program has been started, or what the child
 * ended with; or -1 (fault). */
int background_begin(struct born *b, int *status, struct fault *f);

/* In the child, for the process that waits in background_begin: code 0 before
 * the program is executed, the exit code if that fails.  background_leave: this
 * process stays, and executes none: it gets the program's streams.  Without --background they do nothing. */
void background_tell(struct born *b, int code);
void background_leave(struct born *b);

/* Open /dev/null, close-on-exec, in place of closed descriptors 0 to 2: our
 * files must not get these numbers.  Bit i: descriptor i was closed. */
unsigned int born_closed(void);

#endif
