/*
 * image.h: the image lock, seen from outside.
 *
 * The shim inside the owner holds a read lock on byte 0 of the slot's image
 * through a mapping.  Each owner gets a new inode, so that what an earlier
 * one left behind keeps only a dead file.
 */
#ifndef IMAGE_H
#define IMAGE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Processes that map it, whoever's they are (ours.h): at most cap pids.
 * -1: no /proc. */
int image_scan(int fd, pid_t *pids, size_t cap);

/* Whether process pid maps it. */
bool image_mapped(int fd, pid_t pid);

/* Whether it does not, for certain: its maps can be read. */
bool image_left(int fd, pid_t pid);

/* Hold the lock of the image there is ourselves, as the shim does, as long as
 * the descriptor is open.  That, or -1. */
int image_hold(int folder);

/* Wait until nobody holds the lock.  0 or -1. */
int image_wait(int fd);

#endif
