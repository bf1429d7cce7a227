/*
 * place.h: where rules and handlers lie, and whether they may be trusted.
 *
 * They run commands.  So such a file and the folders it lies in must belong to
 * the effective user or to root, and no group or others may write there; of a
 * symbolic link that is asked of what it leads to, and of the folder of that.
 * HOME counts only if the effective user owns it; else the password file says
 * where home is.
 */
#ifndef RULE_PLACE_H
#define RULE_PLACE_H

#include <sys/types.h>

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cli/fault.h"

/* In the order in which they are asked: those of rules, and of handlers
 * (cli/launch/handover_find.h). */
enum rule_place {
	PLACE_USER,
	PLACE_SYSTEM,
	PLACES,
	PLACE_HANDOVER_USER = PLACES,
	PLACE_HANDOVER_SYSTEM
};

/* "user", "system": of one of rules. */
const char *place_name(enum rule_place p);

/* Home of the effective user.  -1: there is none (ENOENT), or it cannot be
 * told, errno.  home has PATH_MAX bytes. */
int place_home(char *home);

/* The folder of a place, PATH_MAX bytes, whether it is there or not.  -1: as
 * place_home. */
int place_path(enum rule_place p, char *path);

/* Open it; make: make what is missing of it.  -1 with a fault: 77 if it may not
 * be trusted, 3 if it is not there, 71 if that cannot be told. */
int place_open(enum rule_place p, bool make, struct fault *f);

/* Make each folder that is missing on the way to a file, with this mode; path
 * is as before in the end.  0 or -1. */
int place_folders(char *path, mode_t mode);

#endif
