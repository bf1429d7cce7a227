/*
 * hand.h: handing arguments over to an instance: the second launch.
 */
#ifndef HAND_H
#define HAND_H

#include "cli/meet/activation.h"
#include "cli/meet/meet.h"

/* What became of it: */
enum hand_result {
	HAND_DONE,   /* *status is the exit status */
	HAND_NOBODY, /* nobody lives there, or a stranger: claim */
	HAND_AGAIN,  /* nothing ran: again after a pause */
	HAND_BACK,   /* the same, after it was made to wait */
	HAND_SLOW,   /* somebody lives there, and does not answer in time */
	HAND_FAILED  /* fault */
};

/* Over fd, a connection to the keeper of m's place, which is closed then, with
 * what is left of m's patience.  All but NOBODY. */
enum hand_result hand_activate(struct meeting *m, int fd,
    const struct activation *a, int *status, struct fault *f);

/* Before the next try: pause, or be patient anew.  A launch before libc's start
 * is begun again (cli/early). */
void hand_again(struct meeting *m, enum hand_result r);

#endif
