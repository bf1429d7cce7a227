/*
 * lockfile.h: a file that programs which are not ours lock too: --lock-file.
 *
 * Both locks that a file can have: that of flock(2), as flock(1), setlock,
 * chpst and lockrun take it, and that of fcntl(2), as lckdo and s6-setlock do.
 * Both belong to the open file: all who share that have them, as long as one of
 * them has it open; an unlock is for all.
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
enum lockfile lockfile_take(const char *path, bool shared, long long deadline,
    int *fd, struct fault *f);

/* What --lock-file was given: how long the file's name is, without ":shared" or
 * ":exclusive", and which of these. */
size_t lockfile_split(const char *value, bool *shared);

/* The fault of a path that leads over what somebody else may have put there. */
int lockfile_foreign(const char *path, struct fault *f);

/* Unlock for everybody who shares it, and close; nothing if *fd is -1. */
void lockfile_release(int *fd);

#endif
