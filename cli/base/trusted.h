/*
 * trusted.h: files that count only if no other user can have written them: root
 * or our user owns them, and neither group nor others may write.
 */
#ifndef TRUSTED_H
#define TRUSTED_H

#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/fault.h"

/* Whether fd is open on such a file, of this kind (S_IFREG, S_IFDIR).  0; -1: a
 * fault that names the path, EXIT_DENIED. */
int trusted_check(int fd, mode_t kind, const char *path, struct fault *f);

/* Open a trusted plain file for reading; through a link too, if the folder of
 * its target is trusted as well.  -1: a fault, EXIT_NONE if there is no such
 * file. */
int trusted_open(int folder, const char *path, const char *name,
    struct fault *f);

/* Which users can replace what is at a path: by each folder and link on the
 * way, of the file and of its target. */
enum writers {
	WRITERS_ROOT,  /* root alone */
	WRITERS_SELF,  /* or our user; or a sticky folder is on the way, and so
	                * another user once the path is gone */
	WRITERS_OTHERS /* another user or group, too */
};

/* part, PATH_MAX bytes, gets what lets them; "": nothing does.  users: for root,
 * any user is another one. */
enum writers trusted_writers(const char *path, bool users, char *part);

/* The fault, by errno, for a path that could not be opened.  -1. */
int trusted_fault(const char *path, struct fault *f);

#endif
