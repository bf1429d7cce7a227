/*
 * mount.h: what a folder lies on, without asking the process that serves it.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include <stdbool.h>

enum mount {
	MOUNT_NONE,   /* nothing is mounted there */
	MOUNT_ROOTS,  /* of a type that only root mounts */
	MOUNT_FUSE,
	MOUNT_UNKNOWN /* another type, or no /proc to tell */
};

/* As statx(2), for the basic fields and the mount; follows no symlink.  What a
 * FUSE file system says of its root may be false. */
int mount_look(int dir, const char *path, int flags, struct statx *st);

/* What is mounted where st was taken.  Where the kernel does not tell (before
 * 5.8), another device than parent's counts as a mount; parent NULL: any device
 * does. */
enum mount mount_kind(const struct statx *st, const char *parent);

dev_t mount_device(const struct statx *st);

/* Whether a server that we cannot trust tells the owners of files there. */
bool mount_lies(dev_t device, const struct statfs *fs);

#endif
