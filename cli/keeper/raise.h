/*
 * raise.h: re-display the instance.
 */
#ifndef RAISE_H
#define RAISE_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* What has become of an activation. */
enum raise_why {
	RAISE_UNTAKEN, /* nobody takes its arguments */
	RAISE_TAKEN,   /* a handler or listener has it */
	RAISE_WAITING, /* it waits for its turn */
	RAISE_LATE     /* and has done so for long */
};

/* For an activation whose request is still there; after: a process that goes
 * first, 0: none. */
void raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after);

/* The end of an activation: at once, or, for those who want to know, when it is
 * known what came of raising (RAISED); but not later than its time. */
void raise_answer(struct keeper *k, struct client *cl, int status,
    bool taken);
void raise_late(struct keeper *k, struct client *cl);

bool raise_reap(struct keeper *k, pid_t pid, int status); /* was it ours? */
void raise_end(struct keeper *k); /* the instance is over */

#endif
