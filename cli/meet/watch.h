/*
 * watch.h: waiting for the end of an instance that somebody else keeps.
 */
#ifndef WATCH_H
#define WATCH_H

#include "cli/meet/meet.h"

/* What came of it: */
enum watched {
	WATCHED_FAULT = -1,
	WATCHED_ENDED, /* the instance has */
	WATCHED_ALARM, /* that was readable before */
	WATCHED_LOST   /* of talk: the keeper is gone, or asks to begin again */
};

/* A connection to the keeper of an instance, whoever that is, as long as the
 * instance lasts. */
struct watch {
	struct place *place; /* of the instance; it goes where that goes */
	long long since;     /* of the instance */
	int alarm;           /* end early when it is readable; -1: none */
	/* Send the request.  0 or -1. */
	int (*ask)(const struct watch *w, int fd);
	/* All that follows. */
	enum watched (*talk)(const struct watch *w, int fd, struct fault *f);
	void *arg; /* the caller's */
};

/* Go on until talk says something else than LOST, reviving the keeper if need
 * be.  fd: a connection on which it was asked already, or -1. */
enum watched watch_run(const struct watch *w, int *fd, struct fault *f);

/* Wait until the instance that began at `since` has ended, through its
 * heirs.  fd as above; it stays open with ALARM. */
enum watched watch_instance(struct place *p, long long since, int *fd,
    int alarm, struct fault *f);

#endif
