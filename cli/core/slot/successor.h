/*
 * successor.h: which process owns the slot when its owner has ended.
 *
 * A process that still maps the slot's file was forked from the owner without
 * exec: a copy that daemonised itself, or a leftover such as a shell's `( ... )
 * &`.
 */
#ifndef SUCCESSOR_H
#define SUCCESSOR_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/core/slot/info.h"

enum successor_result {
	SUCCESSOR_FOUND,  /* *successor */
	SUCCESSOR_NONE,	  /* no process, or leftovers only */
	SUCCESSOR_HIDDEN, /* a process that we cannot see, or that is not
	                   * wholly ours, maps the file */
	SUCCESSOR_UNKNOWN /* the system does not let us look: errno */
};

struct successor_death {
	bool status_known;
	int status;      /* as wait(2) gives it */
	long long ended; /* boot clock, ms; -1: not known */
};

/* Whether process pid runs a shell, by its name or by /etc/shells. */
bool successor_shell(pid_t pid);

/* Whether process pid has a session of its own, as no mere child has. */
bool successor_apart(pid_t pid, const struct info *i);

/*
 * Decide at once: no grace time, no pauses.  mappings are n descriptors: of the
 * slot's file (-1: none), and of those earlier files, swept away, that are
 * open; i names all of these.
 */
enum successor_result successor_find(const int *mappings, int n,
    const struct info *i, const struct successor_death *d, pid_t *successor);

#endif
