/*
 * heir.h: who owns the slot when its owner has ended.
 *
 * A process that still maps the image forked from the owner without exec: a
 * self-daemonised copy, or a leftover such as a shell's `( ... ) &`.
 */
#ifndef HEIR_H
#define HEIR_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/slot/info.h"

enum heir_result {
	HEIR_FOUND,  /* *heir */
	HEIR_NONE,   /* nobody, or leftovers only */
	HEIR_HIDDEN, /* it is held by somebody who cannot be seen, or is not
	              * wholly ours */
	HEIR_UNKNOWN /* the system does not let us look: errno */
};

struct heir_death {
	bool status_known;
	int status;      /* as wait(2) gives it */
	long long ended; /* boot clock, ms; -1: not known */
};

/* Whether what process pid runs is a shell: by its name, or /etc/shells. */
bool heir_shell(pid_t pid);

/* Whether process pid has a session of its own: what no mere child has. */
bool heir_apart(pid_t pid, const struct info *i);

/*
 * Decide at once: no grace, no polling.  images are n descriptors: of the image
 * there is (-1: none), and of those before it that were swept away, as far as
 * they are open; i names all of these.
 */
enum heir_result heir_find(const int *images, int n,
    const struct info *i, const struct heir_death *d, pid_t *heir);

#endif
