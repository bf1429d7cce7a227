/*
 * parcel.h: the lock file's open file, packed for the program, and had from it.
 */
#ifndef SLOT_PARCEL_H
#define SLOT_PARCEL_H

#include <sys/stat.h>
#include <sys/types.h>

/* Put *file into a parcel (preload/parcel.h): *file is that now.  0 or -1,
 * with nothing changed: few descriptors. */
int parcel_pack(int *file);

/* The open file of this inode out of a parcel that process pid has, for us to
 * share; -1: it has none, or (before Linux 5.6, or without the right to trace
 * it) we cannot have it. */
int parcel_fetch(pid_t pid, const struct stat *file);

#endif
