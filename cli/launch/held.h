/*
 * held.h: a process that is there already becomes the instance.
 */
#ifndef HELD_H
#define HELD_H

#include <sys/types.h>

#include "cli/fault.h"

struct holding {
	const char *app;
	char *const *key; /* nkey parts */
	size_t nkey;
	pid_t pid;        /* of the owner to be */
	int pidfd;        /* open on it */
	char **words;     /* its command line */
	int wait_ms;      /* for the slot; 0: not, -1: for ever */
};

/* It owns the slot, or does so already: 0; -1: fault, 75 where another does. */
int held_run(const struct holding *h, struct fault *f);

#endif
