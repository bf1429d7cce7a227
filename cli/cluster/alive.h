/*
 * alive.h: whether the instance lives on, when its first process has ended.
 *
 * That is its keeper's to say (copies, guards, trees), and it is asked then.
 * Where that was killed, or is stopped, who is recorded, or has the image,
 * lives; where the folder is gone, so is the instance.
 */
#ifndef ALIVE_H
#define ALIVE_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/slot/slot.h"

struct alive {
	const char *folder;
	char hash[SLOT_HASH + 1];
	long long since; /* of the instance, as published; 0: not yet */
	int pidfd;       /* of the first process */
	pid_t who;       /* its keeper; 0: not recorded yet */
	int keeper;      /* a connection on which it says ENDED; -1 */
	long long asked; /* when it was, clock_boot */
	long long again; /* when to look for a keeper, clock_boot */
	int quiet;       /* so many looks have found nobody */
};

/* Begin with a process; folder stays the caller's. */
void alive_begin(struct alive *a, const char *folder, const char *slot,
    int pidfd);

/* Look; poll keeper and pidfd before.  False: it is over. */
bool alive_look(struct alive *a);

/* When to look in any case, clock_boot. */
long long alive_due(const struct alive *a);

void alive_end(struct alive *a);

#endif
