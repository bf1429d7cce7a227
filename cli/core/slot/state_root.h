/*
 * state_root.h: what is known of a state root.  root.h finds it and tells where
 * it may lie, vet.h whether a folder may be one.
 */
#ifndef STATE_ROOT_H
#define STATE_ROOT_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>

/* A folder that can hold a default root. */
struct root_base {
	const char *dir;    /* must exist */
	const char *prefix; /* before the uid */
};

struct root {
	int fd;       /* O_PATH; -1 until root_open */
	dev_t device; /* known after root_open */
	bool given;   /* by ONLYONE_DIR */
	const struct root_base *base; /* NULL: a given root */
	long spare;                   /* UID.N, 0: UID */
	bool exists;  /* as of root_find */
	bool lasting; /* outlives a boot; known after root_open */
	long long stranger; /* when we first met a stranger that has our name
	                     * lock (claim.c), clock_now; 0: none */
	char path[PATH_MAX];
};

#endif
