/*
 * children.h: the programs that a launch stays beside, as their parent.
 *
 * Signals that were meant for the program go to all of them, it stops when
 * the terminal stops one of them, and reaps.  They are children that nobody
 * has reaped: their pids cannot be anybody else's.
 */
#ifndef CHILDREN_H
#define CHILDREN_H

#include <sys/types.h>

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

struct child {
	pid_t pid;  /* 0: it has ended */
	int status; /* its wait status then */
	pid_t zombie; /* its pid, while nobody has reaped it */
};

struct children {
	struct child *at;
	size_t n;
	int signals; /* signalfd(2) of all signals, which are blocked */
	bool keep;   /* leave them zombies */
	sigset_t seen; /* the signals that came */
	bool hung_up;  /* the terminal has gone */
	const int *also; /* with heard: polled beside them; -1: nothing */
	void (*heard)(void *); /* it has something to say, or a timer of ours
	                        * has run out; NULL */
	void *arg;
	bool (*stays)(void *); /* whether those that are stopped stay so;
	                        * NULL */
};

/* Listen to signals.  0 or -1 (no descriptor). */
int children_listen(struct children *c);

/* How many live. */
size_t children_left(const struct children *c);

/* Take the signals there are.  late, if not NULL, gets those that come when
 * none lives any more. */
void children_take(struct children *c, void (*late)(void *, int), void *arg);

/* Until none lives. */
void children_wait(struct children *c);

/* With keep: reap those that have ended. */
void children_bury(struct children *c);

#endif
