/*
 * lockfile.h: a file that programs which are not ours lock too: --lock-file.
 *
 * flock(2), as flock(1), setlock, chpst and lockrun do.  The lock belongs to
 * the open file: launch, keeper and instance share one, so that it stays as
 * long as one of them does, and is gone for all when the keeper unlocks it.
 */
#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <sys/stat.h>

#include <stdbool.h>

#include "cli/fault.h"

enum lockfile {
	LOCKFILE_FAILED = -1, /* fault of 73 */
	LOCKFILE_OURS,        /* locked, *fd is open */
	LOCKFILE_BUSY         /* somebody else has it */
};

/* Open (and make, as flock(1) does) and lock the file, waiting until the
 * deadline (clock_now, ms; 0: not at all, -1: for ever). */
enum lockfile lockfile_take(const char *path, long long deadline, int *fd,
    struct fault *f);

/* The fault of a path that leads over what somebody else may have put there. */
int lockfile_foreign(const char *path, struct fault *f);

/* Whether somebody has a flock(2) on this file, as far as /proc/locks tells.
 * *pid is who took it; 0: it cannot be told, or has ended, and one of its
 * children has the lock. */
bool lockfile_locked(const struct stat *st, pid_t *pid);

enum { LOCKFILE_HOLDER = 64 };

/* Who has locked the file: "pid 12 (flock)", or "another process" if that
 * cannot be told.  buf has LOCKFILE_HOLDER bytes. */
const char *lockfile_holder(const char *path, char *buf);

/* Unlock for everybody who shares it, and close; nothing if *fd is -1. */
void lockfile_release(int *fd);

#endif
