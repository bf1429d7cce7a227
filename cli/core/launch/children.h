/*
 * children.h: a child that waits until it may become the program, and the
 * programs that a launch stays with as their parent.
 *
 * The launch forwards the program's signals to all children, stops when the
 * terminal stops one of them, and reaps them.  Until then their pids cannot be
 * reused.
 */
#ifndef LAUNCH_CHILDREN_H
#define LAUNCH_CHILDREN_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct born;
struct fault;
struct launch;

struct child {
	pid_t pid;  /* 0: it has exited */
	int status; /* its wait status, once it exited */
	pid_t zombie; /* its pid, until it is reaped */
};

struct children {
	struct child *at;
	size_t n;
	int signals; /* signalfd(2) of all signals, which are blocked */
	bool keep;   /* do not reap them: leave zombies */
	sigset_t seen; /* the signals that came */
	sigset_t missed; /* those that were sent to an exiting child */
	sigset_t late; /* those after which a child was exiting: it may have
	                * taken them */
};

/* Block all signals, and set SIGCHLD to its default; restore both as the caller
 * had them. */
void signals_block(struct born *b);
void signals_restore(const struct born *b);

/* Listen to signals.  0 or -1 (no descriptor). */
int children_listen(struct children *c);

/* Handle all pending signals.  Those that find no living child go to late,
 * unless that is NULL. */
void children_take(struct children *c, void (*late)(void *, int), void *arg);

/* Wait until no child lives. */
void children_wait(struct children *c);

/* Fork a child, which waits.  Returns its pid, or -1. fork_go lets the child
 * run: there fork_begin returns 0, with the caller's signal mask, and with
 * b->since and b->index from the parent's record of the instance. fork_forget
 * ends a child that need not run, and unblocks the signals that fork_begin
 * blocks in the parent. */
pid_t fork_begin(struct born *b, int *go);
void fork_go(struct launch *l, int *go);
void fork_forget(struct born *b, int *go, pid_t child);

/* --background: fork.  Returns 0 in the child, which continues the launch; else
 * *status is set: 0 once the program has been started, or the child's exit
 * status; or -1 (fault). */
int background_begin(struct born *b, int *status, struct fault *f);

/* In the child, for the process that waits in background_begin: code 0 before
 * the program is executed, the exit code if that fails. background_leave: this
 * process stays, without an exec: it gets the program's streams.  Without
 * --background they do nothing. */
void background_tell(struct born *b, int code);
void background_leave(struct born *b);

/* Open /dev/null, close-on-exec, in place of closed descriptors 0 to 2: our
 * files must not get these numbers.  Bit i: descriptor i was closed. */
unsigned int born_closed(void);

#endif
