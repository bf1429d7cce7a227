/*
 * root.h: the state root, the same for a user wherever he comes from.
 *
 * $ONLYONE_DIR if set and not empty, else the folder UID under /run/onlyone
 * where that exists, else /tmp/onlyone-UID; UID.1, UID.2 ... where somebody
 * else made the first.  It must be a real directory, owned by the effective
 * user, without group or other write, and not on a file system whose word on
 * that is not to be trusted; else: exit code 73 and the reason.
 */
#ifndef ROOT_H
#define ROOT_H

#include <dirent.h>

#include "cli/fault.h"
#include "cli/slot/state_root.h"

/* Find and vet the root without opening or making it.  0 or -1. */
int root_find(struct root *r, struct fault *f);

/* The same of the root that is meant by a process with this mark
 * (ONLYONE_SLOT): the one in which that slot lies, unless ONLYONE_DIR is set.
 * In a user namespace the user may have another number, and so default root. */
int root_find_of(struct root *r, const char *slot, struct fault *f);

/* Open it, make it if need be; open already: anew.  0 or -1.  Needs
 * root_find. */
int root_open(struct root *r, struct fault *f);

void root_close(struct root *r);

/* The path of a slot folder.  out has PATH_MAX bytes; -1: too long. */
int root_folder(const struct root *r, const char *slot, char *out);

/* The names in it (open); NULL: errno. */
DIR *root_list(const struct root *r);

#endif
