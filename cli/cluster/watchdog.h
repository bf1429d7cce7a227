/*
 * watchdog.h: a process that ends the program when the lease does.
 *
 * Whoever renews the lease may hang in a library, be stopped or killed.  So a
 * second process, which speaks to nobody, has the deadline, and acts by it.
 * What it hears comes from the first: when that is gone nobody will ever renew,
 * and the program is ended in order: TERM at once, KILL by the deadline.
 */
#ifndef WATCHDOG_H
#define WATCHDOG_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/cluster/talk.h"
#include "cli/slot/sweep.h"

/* Times on clock_boot, in ms. */
struct watchdog_word {
	long long term; /* then TERM, unless the other one sends it */
	long long kill; /* then KILL, or STOP */
	long long since; /* of the instance, once it is published; 0 */
	enum { WATCH_ON, WATCH_OVER, WATCH_TERMED, WATCH_KILL } what;
};

struct watchdog {
	pid_t pid;  /* 0: there is none */
	int pidfd;
	int word;   /* where it listens */
	long long born; /* clock_boot */
};

/* Begin one.  sweep is copied; launch: where it may say that it has acted, -1.
 * false: errno. */
bool watchdog_begin(struct watchdog *w, const struct sweep *s, enum lost how,
    const struct watchdog_word *first, int launch);

/* Tell it.  false: it is gone. */
bool watchdog_tell(struct watchdog *w, const struct watchdog_word *word);

/* Let it go: with OVER it ends by itself. */
void watchdog_end(struct watchdog *w);

#endif
