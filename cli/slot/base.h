/*
 * base.h: where a default root lies.
 */
#ifndef BASE_H
#define BASE_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/fault.h"
#include "cli/slot/state_root.h"

/* Look for it: its path, and whether it exists.  0 or -1. */
int base_find(struct root *r, struct fault *f);

/* The folder that the i-th kind of default root lies in; NULL: there are no
 * more.  Whether a name in it is that of some user's, and whose. */
const char *base_dir(int i);
bool base_names(int i, const char *name, uid_t *uid);

/* Mode of one that is made; it is 0700 when it is settled that it is the one.
 */
#define BASE_NEW 0500

/* r, open, is new: settle whether it is the one.  false: look again. */
bool base_settle(const struct root *r);

#endif
