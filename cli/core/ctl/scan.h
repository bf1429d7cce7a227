/*
 * scan.h: find the instances in the state root.
 */
#ifndef CTL_SCAN_H
#define CTL_SCAN_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/core/ctl/ctl.h"
#include "cli/core/ctl/found.h"
#include "cli/base/fault.h"
#include "cli/core/slot/info.h"
#include "preload/contract.h"

/* What the operands APP [KEY...] mean. */
struct wanted {
	char name[NAME_SHOWN + 1]; /* of the application */
	char path[PATH_MAX]; /* of a command of that name; "": none */
	char *const *key;    /* nkey parts */
	size_t nkey;
	bool keyed;          /* false: any key fits */
	int best;            /* best fit so far (wanted_fits) */
};

/* Find all living instances; dead: also dead ones whose info can be read.  w
 * not NULL: only those that it means.  0 or -1; a root that does not exist has
 * none.  c->search.unread says whether a slot could not be read. */
int scan(struct ctl *c, bool dead, struct wanted *w, struct founds *fs,
    struct fault *f);

/* How well a record fits; 0: not.  The name counts first: its application
 * exactly, as the command of that name (path), by its last component, or as the
 * word that was typed, as npm is of the application "/usr/bin/npm start".  Then
 * the key: as it is, or its parts as the paths of documents, as -d takes them. */
int wanted_fits(struct wanted *w, const struct info *i);

/* A part of a key as the path of a document, in path (PATH_MAX bytes); part
 * itself, if it has no such path. */
const char *wanted_document(const char *part, char *path);

#endif
