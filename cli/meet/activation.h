/*
 * activation.h: what a second launch hands over, and how it is sent.
 */
#ifndef ACTIVATION_H
#define ACTIVATION_H

#include <stdbool.h>

#include "cli/meet/other.h"
#include "cli/meet/place.h"

struct activation {
	char **args;         /* ended by NULL */
	struct launched launched; /* what does not run then */
	unsigned int closed; /* bit i: there is no stream i to pass */
	bool no_stdin;       /* nor is 0 */
	bool until_exit;     /* wait for the instance's end as well */
	bool must_deliver;   /* that nobody takes the arguments is a fault */
	const char *raise;   /* how, if not as the instance has it; NULL */
	bool verbose, quiet; /* what the user is told */
};

/* How it went on its way. */
struct sent {
	bool large; /* the keeper may let it wait */
	bool kept;  /* it has: there was no room */
};

/* To the keeper of a place, over fd.  0, or -1 with errno; EAGAIN: it takes
 * nothing and answers nobody. */
int activation_send(const struct activation *a, const struct place *p, int fd,
    struct sent *sent);

/* Answer NEED: the directory and the streams that were open.  0 or -1. */
int activation_streams(const struct activation *a, int fd);

/* Whether only the desktop can tell the user what came of it: this was started
 * from a menu. */
bool activation_notifies(const struct activation *a);

#endif
