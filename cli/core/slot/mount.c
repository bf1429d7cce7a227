/*
 * mount.c: what a folder lies on, without asking the process that serves it.
 *
 * Only root mounts, and the kernel's own file systems tell owners truly.  FUSE
 * is the exception: fusermount3 is set-user-ID, so any user can mount a FUSE
 * file system on a folder of his, and a program of his makes up st_uid and all
 * files.  It may also give no answer, and a process that asks it waits without
 * end and cannot be killed.  So FUSE is not asked, and not believed, unless the
 * system itself lies on it, as in some containers.  (mount.cifs and others are
 * set-user-ID on some systems, for what root has put into fstab.  At the name
 * of a default root they do not count as root's; elsewhere they do.)
 */
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/core/slot/mount.h"
#include "cli/base/text.h"

enum { WORD = 32 };

int
mount_look(int dir, const char *path, int flags, struct statx *st)
{
	int r = statx(dir, path, flags | AT_SYMLINK_NOFOLLOW |
	    AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC,
	    STATX_BASIC_STATS | STATX_MNT_ID, st);

	if (r == 0 && point_old("mount_root")) {
		st->stx_attributes_mask = 0;
		st->stx_mask &= ~STATX_MNT_ID;
	}
	return r;
}

dev_t
mount_device(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

/* The type of this mount, or this device, from /proc/self/mountinfo, open as
 * fd: "36 35 98:0 / /mnt rw shared:1 - ext4 /dev/sda rw".  Blanks and newlines
 * in names are escaped there. */
static bool
type_find(int fd, const struct statx *st, char type[WORD])
{
	enum { ID, DEVICE = 2, OPTIONAL = 6, TYPE = 1000 };
	int key = st->stx_mask & STATX_MNT_ID ? ID : DEVICE, field = 0;
	char buf[4096], want[WORD];
	bool found = false;
	size_t len = 0;
	struct text t = text_in(want, sizeof(want));
	ssize_t n;

	if (key == ID) {
		text_num(&t, (long long)st->stx_mnt_id);
	} else {
		text_num(&t, st->stx_dev_major);
		text_add(&t, ":");
		text_num(&t, st->stx_dev_minor);
	}
	while ((n = IO_RETRY(read(fd, buf, sizeof(buf)))) > 0) {
		for (const char *c = buf; c < buf + n; c++) {
			if (*c != ' ' && *c != '\n') {
				if (len < WORD - 1)
					type[len++] = *c;
				continue;
			}
			type[len] = '\0';
			len = 0;
			if (field == key)
				found = !strcmp(type, want);
			if (field == TYPE && found)
				return true;
			if (*c == '\n')
				field = 0;
			else if (field >= OPTIONAL && !strcmp(type, "-"))
				field = TYPE;
			else
				field++;
		}
	}
	return false;
}

static bool
system_lies_on(dev_t device)
{
	struct statx top;

	return mount_look(AT_FDCWD, "/", 0, &top) == 0 &&
	    mount_device(&top) == device;
}

/* The kind of mount, by mountinfo. */
static enum mount
kind_read(const struct statx *st)
{
	static const char *const roots[] = { "bcachefs", "btrfs", "ext2",
		"ext3", "ext4", "f2fs", "jfs", "overlay", "ramfs", "tmpfs",
		"xfs", "zfs" };
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	enum mount kind = MOUNT_UNKNOWN;
	char type[WORD];

	if (fd < 0 || !type_find(fd, st, type))
		goto out;
	for (size_t i = 0; i < sizeof(roots) / sizeof(*roots); i++) {
		if (!strcmp(type, roots[i]))
			kind = MOUNT_ROOTS;
	}
	/* fuse, fuse.sshfs, fuseblk; virtiofs is FUSE inside. */
	if (!strncmp(type, "fuse", 4) || !strcmp(type, "virtiofs"))
		kind = system_lies_on(mount_device(st)) ? MOUNT_ROOTS :
		    MOUNT_FUSE;
out:
	io_close(&fd);
	return kind;
}

enum mount
mount_kind(const struct statx *st, const char *parent)
{
	struct statx in;
	bool there;

	if (st->stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)
		there = st->stx_attributes & STATX_ATTR_MOUNT_ROOT;
	else
		there = !parent || statx(AT_FDCWD, parent, AT_STATX_DONT_SYNC,
		    STATX_BASIC_STATS, &in) < 0 ||
		    mount_device(&in) != mount_device(st);
	return there ? kind_read(st) : MOUNT_NONE;
}

bool
mount_lies(dev_t device, const struct statfs *fs)
{
	return fs->f_type == FS_FUSE && !system_lies_on(device);
}
