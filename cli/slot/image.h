/*
 * image.h: the image lock, seen from outside.
 *
 * The shim inside the owner holds a read lock on byte 0 of the slot's image
 * through a mapping.  Each owner gets a new inode, so that what an earlier
 * one left behind keeps only a dead file.  One that a cleaner has taken is
 * followed by another of the same owner: what it executes next maps that.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/fields.h"

/* Make a new image in the folder, replacing any.  A descriptor (read and
 * write), or -1. */
int image_make(int folder, uint64_t pidns);

/* Open the image there is.  -1. */
int image_open(int folder);

enum image_state {
	IMAGE_FREE,
	IMAGE_HELD,
	IMAGE_UNKNOWN /* the file system drops such locks: scan */
};

/* Whether somebody holds the lock; disturbs nobody. */
enum image_state image_test(int fd);

enum {
	IMAGE_PAST = 4, /* that an owner may have had before */
	IMAGE_ID = 40
};

/* What tells an image from all others until the next boot, and what a record
 * says of one that has been swept away and may be mapped still: in id, IMAGE_ID
 * bytes.  0 or -1. */
int image_id(int fd, char *id);

/* The same of the image of slot folder name that process pid, an owner, maps,
 * whether that is there or not. */
bool image_of(pid_t pid, const char *name, char *id);

/* Processes that map this image (-1: there is none), or an earlier one that the
 * record (may be NULL) names, whoever's they are (ours.h): at most cap pids.
 * -1: errno, ENOENT without /proc. */
int image_scan(int fd, const struct fields *record, pid_t *pids, size_t cap);

/* Whether process pid maps one. */
bool image_mapped(int fd, const struct fields *record, pid_t pid);

/* Whether it does not, for certain: its maps can be read. */
bool image_left(int fd, const struct fields *record, pid_t pid);

/* Hold the lock of the image there is ourselves, as the shim does, as long as
 * the descriptor is open.  That, or -1. */
int image_hold(int folder);

/* Wait until nobody holds the lock.  0 or -1. */
int image_wait(int fd);

#endif
