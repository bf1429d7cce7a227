/*
 * offer.h: the slot is offered to a launch that waits for it.
 *
 * It answers with the record of the instance that is to be: itself, or a child
 * that waits for the word.  The keeper writes that down and says go.
 */
#ifndef OFFER_H
#define OFFER_H

#include <limits.h>

#include "cli/launch/state.h"

struct offer {
	struct launch *l;
	const char *shim; /* NULL: without one */
	char path[PATH_MAX]; /* of it */
	long long since; /* when whom we named began, as the record says */
	int go;          /* what a child of ours waits for; -1: none */
	bool queued;     /* some keeper had us in its line */
};

/* Before any of the rest.  0 or -1. */
int offer_begin(struct offer *o, struct launch *l, struct fault *f);

enum offered {
	OFFER_FAILED = -1, /* fault */
	OFFER_TAKEN,
	OFFER_LOST,        /* whoever offered is gone */
	OFFER_ELSEWHERE    /* the cluster's key is another host's (leased.h) */
};

/* It has come, over fd: name the instance. */
enum offered offer_take(struct offer *o, int fd, struct fault *f);

/* The slot is ours: become the program, or let the child and stay for it, with
 * *status.  0 or -1. */
int offer_go(struct offer *o, int *status, struct fault *f);

/* Whoever made it is gone, or it has come to nothing. */
void offer_drop(struct offer *o);

#endif
