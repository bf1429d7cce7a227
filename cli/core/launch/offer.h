/*
 * offer.h: a launch that waits gets the slot.
 */
#ifndef LAUNCH_OFFER_H
#define LAUNCH_OFFER_H

#include <limits.h>
#include <stdbool.h>

#include "cli/core/launch/launch_state.h"

struct offer {
	struct launch *l;
	const char *shim; /* path; NULL: no shim */
	char path[PATH_MAX]; /* storage of shim */
	int go;          /* pipe that our child waits on; -1: no child */
	bool queued;     /* a keeper has accepted us in its line */
};

enum offered {
	OFFER_FAILED = -1, /* fault */
	OFFER_TAKEN,
	OFFER_LOST,        /* the offer is void: get in line again */
	OFFER_NOT_DUE      /* others have run the job meanwhile (every.h) */
};

/* Initialise, and find the shim.  0 or -1. */
int offer_begin(struct offer *o, struct launch *l, struct fault *f);

/* The keeper has offered the slot over fd: send TAKE with the record. */
enum offered offer_take(struct offer *o, int fd, struct fault *f);

/* We are the instance that began at `since`: become the program, or let the
 * child become it and stay as its parent, with its *status.  old: start of the
 * instance before it, if known.  0 or -1. */
int offer_go(struct offer *o, long long since, long long old, int *status,
    struct fault *f);

/* The offer is void.  While a child waits for GO all signals to us are blocked:
 * end the child, and fork another one at the next offer. */
void offer_drop(struct offer *o);

#endif
