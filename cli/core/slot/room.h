/*
 * room.h: room for the next record and mapping of a slot.
 *
 * On a full file system no file can be made.  So we make these before an
 * instance is ended for the next one, in the size that they will have: writing
 * into them and renaming them needs no more room.
 */
#ifndef ROOM_H
#define ROOM_H

#include <stddef.h>

#include "preload/contract.h"

#define ROOM_INFO FILE_INFO ".new"
#define ROOM_MAPPING FILE_MAPPING ".new"

/* Have room for a record of n bytes, and for a mapping, if there is none yet.
 * 0; -1: errno, and nothing is kept. */
int room_make(int folder, size_t n);

/* Open one of them, to be written, cut to its length and renamed: the file that
 * has the room, or else a new one.  A descriptor, or -1. */
int room_open(int folder, const char *name);

#endif
