/*
 * lockfile_parcel.h: the lock file's open file, packed into a socket for the
 * program, and fetched from there.
 */
#ifndef LOCKFILE_PARCEL_H
#define LOCKFILE_PARCEL_H

#include <sys/stat.h>
#include <sys/types.h>

/* Pack *file into a parcel (preload/parcel.h); *file is the parcel then.  0;
 * -1: too few descriptors, nothing has changed. */
int parcel_pack(int *file);

/* The open file of this inode, from a parcel in process pid, shared with us;
 * -1: it has none, or we may not take it (before Linux 5.6, or without the
 * right to trace it). */
int parcel_fetch(pid_t pid, const struct stat *file);

/* The descriptor of a parcel in this process; -1: none. */
int parcel_own(void);

#endif
