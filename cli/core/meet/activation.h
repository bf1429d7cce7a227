/*
 * activation.h: what a second launch hands over, and how it is sent.
 */
#ifndef MEET_ACTIVATION_H
#define MEET_ACTIVATION_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/meet/command.h"

struct meeting;
struct untaken;

/* More than a dozen members: what a launch sends about itself. */
struct activation {
	char **args;         /* ends with NULL */
	struct launched launched; /* the command that is not run */
	unsigned int closed; /* bit i: stream i was closed at our start */
	int output;          /* passed as streams 1 and 2; 0: none */
	bool no_stdin;       /* pass /dev/null as stream 0 */
	bool until_exit;     /* wait for the instance's end as well */
	bool must_deliver;   /* fail if no handler takes the arguments */
	const char *raise;   /* this launch's --raise; NULL: the instance's */
	const char *handler; /* this launch's --on-activate; NULL */
	bool off;            /* --on-activate=none */
	int asks;            /* enum asks of handover/way.h */
	bool opens;          /* the program's row opens documents */
	const char *const *valued; /* lists of --value-options */
	size_t nvalued;
	bool apart;          /* -d: an instance for each document */
	bool verbose, quiet; /* -v, -q */
};

/* Send the request to the keeper of m's place over fd.  0, or -1 with errno;
 * EAGAIN: it does not read it, and m's patience ends, or moves.  *kept: it was
 * late in reading it. */
int activation_send(const struct activation *a, struct meeting *m, int fd,
    bool *kept);

/* Answer NEED with the working directory and the open streams; err replaces
 * standard error unless it is -1.  0 or -1. */
int activation_streams(const struct activation *a, int fd, int err);

/* The arguments that are lost if no handler takes args, except those that
 * identify the application, and an open document; u is zero before. */
void untaken_find(const struct launched *l, char *const *args,
    struct untaken *u);

#endif
