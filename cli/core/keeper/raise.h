/*
 * raise.h: raise the instance.
 */
#ifndef RAISE_H
#define RAISE_H

#include <sys/types.h>

#include <stdbool.h>

struct client;
struct keeper;

/* What has become of an activation. */
enum raise_why {
	RAISE_UNTAKEN, /* no handler takes its arguments */
	RAISE_TAKEN,   /* a handler or listener has it */
	RAISE_WAITING  /* it waits for its turn */
};

/* Ask for the re-display on behalf of an activation whose request is still
 * kept.  A window that process `after` opens is raised first; 0: none. */
void raise_ask(struct keeper *k, struct client *cl, enum raise_why why,
    pid_t after);

/* Answer an activation that is done: at once or, if the launch waits for the
 * outcome of raising, when that is known (RAISED) or its time is up
 * (raise_late). */
void raise_answer(struct keeper *k, struct client *cl, int status,
    bool taken);
void raise_late(struct keeper *k, struct client *cl);

bool raise_reap(struct keeper *k, pid_t pid, int status); /* our helper? */
void raise_end(struct keeper *k); /* the instance is over */

/* How many of a request's leading arguments need no handler (own=): if it is for
 * the one document of an instance, all. */
size_t own_count(const struct fields *body);

#endif
