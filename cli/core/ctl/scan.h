/*
 * scan.h: find the instances in the state root.
 */
#ifndef CTL_SCAN_H
#define CTL_SCAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "preload/contract.h"

struct ctl;
struct fault;
struct founds;
struct info;

/* The instances that APP [KEY...] name. */
struct wanted {
	char name[NAME_SHOWN + 1]; /* of the application */
	char path[PATH_MAX]; /* of the command with that name; "": none */
	char *const *key;    /* nkey parts */
	size_t nkey;
	bool keyed;          /* false: any key matches */
	int best;            /* best match so far (wanted_fits) */
};

/* Find all living instances; dead: also dead ones whose info can be read.  w
 * not NULL: only those that it matches.  0 or -1; a root that does not exist
 * has none.  c->search.unread says whether a slot could not be read. */
int scan_slots(struct ctl *c, bool dead, struct wanted *w, struct founds *fs,
    struct fault *f);

/* Close the roots of the last scan; its results are invalid then. */
void ctl_roots_close(struct ctl *c);

/* How well a record matches; 0: not at all.  The name counts first: the exact
 * application, the command of that name (path), the last component, or the word
 * that was typed, as npm for the application "/usr/bin/npm start".  Then the
 * key: as it is, or its parts as paths of documents, as for -d. */
int wanted_fits(struct wanted *w, const struct info *i);

#endif
