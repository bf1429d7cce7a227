/*
 * vet.h: whether a folder may be the state root.
 */
#ifndef VET_H
#define VET_H

#include <sys/stat.h>
#include <sys/vfs.h>

#include "cli/base/fault.h"
#include "cli/core/slot/state_root.h"

enum vetted {
	VET_OURS,
	VET_NONE,
	VET_FOREIGN,
	VET_BAD /* ours, but not to be used; or not known */
};

/* What is wrong, to follow "state folder PATH". */
struct vet_reason {
	const char *why; /* NULL: errno tells */
	const char *way; /* remedy, for a default root */
};

#define VET_YOURS "set ONLYONE_DIR to a folder of your own"

/* Set d and return v. */
enum vetted vet_because(struct vet_reason *d, enum vetted v, const char *why,
    const char *way);

/* Vet what st was taken of, for a default root in base, or (NULL) a given one.
 * Sets d if it is not ours. */
enum vetted vet_stat(const struct root_base *base, const struct statx *st,
    struct vet_reason *d);

/* The same for a name in dir. */
enum vetted vet_name(int dir, const char *name, const struct root_base *base,
    struct statx *st, struct vet_reason *d);

/* The same for a given root, ours by st, on file system fs. */
enum vetted vet_system(const struct statx *st, const struct statfs *fs,
    struct vet_reason *d);

/* Set the fault for d.  Returns -1. */
int vet_refuse(const struct root *r, const struct vet_reason *d, struct fault *f);

#endif
