/*
 * mount.h: what a folder lies on.
 */
#ifndef MOUNT_H
#define MOUNT_H

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>

#include <stdbool.h>

/* As statx(2), for the basic fields and the mount; follows no symlink.  What a
 * FUSE file system says of its root may be false. */
int mount_look(int dir, const char *path, int flags, struct statx *st);

dev_t mount_device(const struct statx *st);

/* Whether a server that we cannot trust tells the owners of files there. */
bool mount_lies(dev_t device, const struct statfs *fs);

/* As statfs(2) and fstatfs(2), for the type; they work also where those are refused
 * by a filter of system calls. */
int mount_statfs(const char *path, struct statfs *fs);
int mount_fstatfs(int fd, struct statfs *fs);

#endif
