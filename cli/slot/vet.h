/*
 * vet.h: whether a folder may be the state root.
 */
#ifndef VET_H
#define VET_H

#include <sys/stat.h>
#include <sys/vfs.h>

#include "cli/fault.h"
#include "cli/slot/state_root.h"

enum vetted {
	VET_OURS,
	VET_NONE,
	VET_FOREIGN,
	VET_BAD /* ours, but not to be used; or it cannot be told */
};

/* What is wrong: "state folder PATH" and this. */
struct doubt {
	const char *why; /* NULL: errno says */
	const char *way; /* out, at a default root */
};

#define VET_YOURS "set ONLYONE_DIR to a folder of your own"

/* Set d and return v. */
enum vetted vet_doubt(struct doubt *d, enum vetted v, const char *why,
    const char *way);

/* What st is of, for a default root in base, or (NULL) a given one.  d is set
 * if it is not ours. */
enum vetted vet_stat(const struct root_base *base, const struct statx *st,
    struct doubt *d);

/* The same of a name in dir. */
enum vetted vet_name(int dir, const char *name, const struct root_base *base,
    struct statx *st, struct doubt *d);

/* The same of a given root, ours by st, whose file system fs is. */
enum vetted vet_system(const struct statx *st, const struct statfs *fs,
    struct doubt *d);

/* The fault that d is.  Returns -1. */
int vet_refuse(const struct root *r, const struct doubt *d, struct fault *f);

#endif
