/*
 * lockfile_who.h: who has locked a file.
 */
#ifndef LOCKFILE_WHO_H
#define LOCKFILE_WHO_H

#include <sys/stat.h>
#include <sys/types.h>

#include <stdbool.h>

/* Whether somebody has a lock on this file, as far as /proc/locks tells.
 * *pid is who took it; 0: it cannot be told, or has ended, and one of its
 * children has the lock. */
bool lockfile_locked(const struct stat *st, pid_t *pid);

enum { LOCKFILE_HOLDER = 64 };

/* Who has locked the file: "pid 12 (flock)", or "another process" if that
 * cannot be told.  buf has LOCKFILE_HOLDER bytes. */
const char *lockfile_holder(const char *path, char *buf);

#endif
