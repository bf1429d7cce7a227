/*
 * children.h: the programs that a launch stays beside, as their parent.
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
	bool hung_up;  /* the terminal has hung up */
	const int *also; /* polled, too, for heard; -1: nothing */
	void (*heard)(void *); /* called when *also can be read, or our timer
	                        * has expired; NULL: none */
	void *arg;
	bool (*stays)(void *); /* whether stopped children must stay stopped;
	                        * NULL: no */
};

/* Listen to signals.  0 or -1 (no descriptor). */
int children_listen(struct children *c);

/* Handle all pending signals.  Those that find no child alive go to late, if
 * that is not NULL. */
void children_take(struct children *c, void (*late)(void *, int), void *arg);

/* Wait until no child lives. */
void children_wait(struct children *c);

/* With keep: reap the zombies. */
void children_bury(struct children *c);

#endif
