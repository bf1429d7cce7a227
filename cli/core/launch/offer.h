/*
 * offer.h: a waiting launch gets the slot.
 */
#ifndef LAUNCH_OFFER_H
#define LAUNCH_OFFER_H

#include <limits.h>

struct fault;
struct launch;

struct offer {
	struct launch *l;
	const char *shim; /* path; NULL: no shim */
	char path[PATH_MAX]; /* storage of shim */
	int go;          /* pipe that our child waits on; -1: no child */
};

enum offered {
	OFFER_FAILED = -1, /* fault */
	OFFER_TAKEN,
	OFFER_LOST,        /* the offer has lapsed: get in line again */
	OFFER_NOT_DUE      /* others have run the job meanwhile (every.c) */
};

/* Initialise, and find the shim.  0 or -1. */
int offer_begin(struct offer *o, struct launch *l, struct fault *f);

/* The keeper has offered the slot over fd: send TAKE with the record. */
enum offered offer_take(struct offer *o, int fd, struct fault *f);

/* We are the instance that started at `since`: become the program, or let the
 * child become it and stay as its parent, with its *status. old: start of the
 * instance before it, if known.  0 or -1. */
int offer_go(struct offer *o, long long since, long long old, int *status,
    struct fault *f);

/* The offer has lapsed.  While a child waits for GO all our signals are
 * blocked: end the child, and fork another one at the next offer. */
void offer_drop(struct offer *o);

#endif
