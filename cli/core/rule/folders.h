/*
 * folders.h: where rules and handlers are, and whether to trust them.
 *
 * Rules and handlers run commands.  So such a file and the folders it lies in
 * must belong to the effective user or to root, and must not be writable by
 * group or others; for a symbolic link, so must its target and the target's
 * folder.  HOME counts only if the effective user owns it; else the password
 * file says where home is.
 */
#ifndef FOLDERS_H
#define FOLDERS_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/buf.h"
#include "cli/base/fault.h"

/* In search order: the folders of rules, then those of handlers
 * (cli/core/launch/handover.c). */
enum rule_place {
	PLACE_USER,
	PLACE_SYSTEM,
	PLACES,
	PLACE_HANDOVER_USER = PLACES,
	PLACE_HANDOVER_SYSTEM
};

/* "user" or "system". */
const char *place_name(enum rule_place p);

/* Home of the effective user, PATH_MAX bytes.  -1: there is none (ENOENT), or
 * it cannot be found out (errno). */
int place_home(char *home);

/* The path of a place, PATH_MAX bytes; it need not exist.  -1: as
 * place_home. */
int place_path(enum rule_place p, char *path);

/* Open its folder; make: create what is missing.  -1 with a fault: 77 if it is
 * not trusted, 3 if it does not exist, 71 if the system fails. */
int place_open(enum rule_place p, bool make, struct fault *f);

/* Whether the folder that a variable names, or the nearest one above it that
 * exists, belongs to another user; for root, any on the way: the owner of a
 * folder can replace anything below it.  Then path (PATH_MAX bytes) is that
 * folder, and *owner its owner. */
bool place_foreign(const char *given, char *path, uid_t *owner);

/* Make each missing folder on the way to a file, with this mode; path is
 * unchanged afterwards.  0 or -1. */
int place_folders(char *path, mode_t mode);

/* A temporary name in the folder of path (which has a slash), to rename to
 * path. */
void place_temp(const char *path, char *temp, size_t cap);

/* Write a file under such a name, readable by all.  0; -1: errno, and there is
 * none. */
int place_draft(const char *path, const struct buf *b, char *temp, size_t cap);

/* Write a file, and rename it to path.  0 or -1. */
int place_write(const char *path, const struct buf *b);

#endif
