/*
 * raise.h: raise the instance.
 */
#ifndef KEEPER_RAISE_H
#define KEEPER_RAISE_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* The state of an activation. */
enum raise_why {
	RAISE_UNTAKEN, /* no handler takes its arguments */
	RAISE_TAKEN,   /* a handler or listener has it */
	RAISE_WAITING  /* it waits for its turn */
};

/* Whether a window is to be raised for an activation whose request is still
 * kept. */
bool raise_wanted(const struct keeper *k, const struct client *cl);

/* Ask for the re-display on behalf of such an activation.  A window that process
 * `after` opens is raised first; 0: none. */
void raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after);

/* Answer an activation that is done: at once or, if the launch waits for the
 * outcome of raising, when that is known (RAISED) or on timeout
 * (raise_late). */
void raise_answer(struct keeper *k, struct client *cl, int status,
    bool taken);
void raise_late(struct keeper *k, struct client *cl);

bool raise_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void raise_end(struct keeper *k); /* the instance is over */

#endif
