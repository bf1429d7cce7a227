/*
 * root.h: the state root, the same one for all processes of a user.
 *
 * $ONLYONE_DIR if set and not empty, else the folder UID in /run/onlyone where
 * that exists, else /tmp/onlyone-UID; UID.1, UID.2 ... if UID is not ours.  It
 * must be a real directory, owned by the effective user, not writable by group
 * or others, on a file system that reports owners truthfully (mount_lies).  If
 * $ONLYONE_DIR is not: exit code 73 and the reason; a default root is skipped.
 */
#ifndef ROOT_H
#define ROOT_H

#include <sys/stat.h>
#include <sys/types.h>

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>

#include "cli/base/fault.h"

enum { ROOTS = 2 }; /* default roots, at most: one in each base */

/* A folder that can hold a default root. */
struct root_base {
	const char *dir;    /* must exist */
	const char *prefix; /* before the uid */
};

/* More than a dozen members: what a launch has learned of it, too. */
struct root {
	int fd;       /* O_PATH; -1 until root_open */
	dev_t device; /* known after root_open; after root_find, if it exists;
	               * else 0 */
	bool given;   /* by ONLYONE_DIR */
	const struct root_base *base; /* NULL: a given root */
	long long spare;              /* UID.N, 0: UID */
	unsigned int full; /* bases, by bit, where we could create nothing */
	int full_errno;    /* the last one's reason */
	bool crowded; /* others take the names of default roots before we can */
	bool exists;  /* as of root_find */
	bool made;    /* by root_open, the last time */
	bool lasting; /* outlives a boot; known after root_open */
	long long stranger; /* when we first met a stranger with our name lock
	                     * (claim.c), clock_now; 0: none */
	char path[PATH_MAX];
};

/* Find and vet the root without opening or making it.  0 or -1. */
int root_find(struct root *r, struct fault *f);

/* The same for a process with this environment mark (ONLYONE_SLOT): the root
 * that the slot is in, unless ONLYONE_DIR is set.  In a user namespace the user
 * may have another uid, and so another default root. */
int root_find_of(struct root *r, const char *slot, struct fault *f);

/* Open the root, making it if needed; if it is open, open it again.  0 or -1.
 * Needs root_find. */
int root_open(struct root *r, struct fault *f);

void root_close(struct root *r);

/* All roots in which slots of ours may be: the given one, or the default roots;
 * those that exist, not open.  How many, or -1. */
int roots_find(struct root all[ROOTS], struct fault *f);

/* The same without that of r, or of the base in which r is to be made. */
int roots_beside(const struct root *r, struct root all[ROOTS],
    struct fault *f);

/* Nothing can be made in r, for the reason err.  0: from now on root_find and
 * root_open take another default root; -1: err is no reason for that, or r is
 * given. */
int root_pass(struct root *r, int err);

/* Whether err means that nothing can be created where it happened. */
bool root_full(int err);

/* r is other from now on, closed; what r has learned stays. */
void root_move(struct root *r, const struct root *other);

/* Whether r skips the base of this other root. */
bool root_passed(const struct root *r, const struct root *other);

/* The path of a slot folder.  out has PATH_MAX bytes; -1: too long. */
int root_folder(const struct root *r, const char *slot, char *out);

/* List the root, which is open.  NULL: errno. */
DIR *root_list(const struct root *r);

/* The folder for default roots. */
const char *base_common(void);

#endif
