/*
 * lockfile.h: a file that other programs lock too: --lock-file.
 *
 * We take both locks that a file can have: flock(2), as flock(1), setlock,
 * chpst and lockrun do, and fcntl(2), as lckdo and s6-setlock do.  Both belong
 * to the open file: all processes that share it have them while one of them has
 * it open, and one unlock counts for all.
 */
#ifndef LOCKFILE_H
#define LOCKFILE_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>

#include "cli/base/fault.h"

enum lockfile {
	LOCKFILE_FAILED = -1, /* fault of 73 */
	LOCKFILE_OURS,        /* locked, *fd is open */
	LOCKFILE_BUSY         /* another process has it */
};

enum lockfile_seen {
	LOCKFILE_UNSEEN = -1, /* not known, or would take too long */
	LOCKFILE_FREE,
	LOCKFILE_LOCKED
};

enum { LOCKFILE_HOLDER = 64 };

/* Open the file (creating it, as flock(1) does) and lock it, waiting until the
 * deadline (clock_now, ms; 0: do not wait, -1: no limit). */
enum lockfile lockfile_take(const char *path, bool shared, long long deadline,
    int *fd, struct fault *f);

/* Parse the value of --lock-file: returns the length of the file's name without
 * ":shared" or ":exclusive"; *shared tells which of these. */
size_t lockfile_split(const char *value, bool *shared);

/* Whether the path still names the file open at fd: a lock on a removed or
 * replaced file excludes no process. */
bool lockfile_is(const char *path, int fd);

/* Unlock for all processes that share the file, and close; *fd -1: nothing. */
void lockfile_release(int *fd);

/* Whether /proc/locks shows a lock on this file; exclusive: one that is not
 * shared.  *pid: the process that took it; 0: not known, or it has exited and
 * one of its children has the lock.  Takes at most a tenth of a second. */
enum lockfile_seen lockfile_locked(const struct stat *st, bool exclusive,
    pid_t *pid);

/* The process that has locked the file: "pid 12 (flock)", or "another process"
 * if not known.  buf has LOCKFILE_HOLDER bytes. */
const char *lockfile_holder(const char *path, char *buf);

/* Pack *file into a parcel (preload/parcel.h), which replaces *file.  0; -1:
 * out of descriptors, nothing has changed. */
int lockfile_pack(int *file);

/* The open file of this inode, from a parcel in process pid, shared with us;
 * -1: it has none, or we may not take it (before Linux 5.6, or without the
 * right to trace it). */
int lockfile_fetch(pid_t pid, const struct stat *file);

/* The descriptor of a parcel in this process; -1: none. */
int lockfile_own(void);

#endif
