/*
 * mount.h: what a folder lies on, without asking whoever serves it.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include <stdbool.h>

enum mount {
	MOUNT_NONE,   /* nothing is mounted there */
	MOUNT_ROOTS,  /* of a type that nobody but root mounts */
	MOUNT_FUSE,
	MOUNT_UNKNOWN /* another type, or no /proc to tell */
};

/* As statx(2), for the basic fields and the mount; no symlink is followed.
 * What a FUSE file system says of its root may be anything. */
int mount_look(int dir, const char *path, int flags, struct statx *st);

/* What is mounted on what st was asked of.  Where the kernel does not tell
 * (before 5.8), what is of another device than parent counts as mounted there;
 * parent NULL: all does. */
enum mount mount_kind(const struct statx *st, const char *parent);

dev_t mount_device(const struct statx *st);

/* Whether owners are what a server says that need not be the system's. */
bool mount_lies(dev_t device, const struct statfs *fs);

#endif
