/*
 * scan.h: find the instances in the state root.
 */
#ifndef CTL_SCAN_H
#define CTL_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/base/fault.h"
#include "cli/core/slot/info.h"
#include "cli/core/wire/sock.h"

struct wanted {
	const char *name; /* of the application */
	const char *path; /* of a command of that name; "": none */
	char *const *key; /* nkey parts */
	char *const *document; /* each part of key as the path of a document,
	                        * which fits as well; NULL: not */
	size_t nkey;
	bool keyed;       /* false: any key fits */
	int best;         /* best fit of the name so far (wanted_info) */
};

/* Find all living instances; dead: also dead ones whose info can be read.  w
 * not NULL: only those that it means.  0 or -1; a root that does not exist has
 * none.  c->search.unread says whether a slot could not be read. */
int scan(struct ctl *c, bool dead, struct wanted *w, struct founds *fs,
    struct fault *f);

/* How well a name fits an instance: 4 its application exactly, 3 as the command
 * of that name (path), 2 by its last component, 1 as the word that was typed, as
 * npm is of the application "/usr/bin/npm start", 0 not. */
int wanted_info(const struct info *i, const char *name, const char *path);

#endif
