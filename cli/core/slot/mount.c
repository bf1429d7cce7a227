/*
 * mount.c: what a folder lies on, without asking the process that serves it.
 *
 * Only root mounts, and the kernel's own file systems tell owners truly.  FUSE
 * is the exception: fusermount3 is set-user-ID, so any user can mount a FUSE
 * file system on a folder of his, and a program of his makes up st_uid and all
 * files.  It may also give no answer, and a process that asks it waits without
 * end and cannot be killed.  So nothing that is mounted on a default root is
 * asked, or believed; nor is FUSE elsewhere, unless the system itself lies on
 * it, as in some containers.
 */
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <linux/magic.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/buf.h"
#include "cli/base/compat.h"
#include "cli/base/io.h"
#include "cli/base/points.h"
#include "cli/core/slot/mount.h"

int
mount_look(int dir, const char *path, int flags, struct statx *st)
{
	int r = io_statx(dir, path, flags | AT_SYMLINK_NOFOLLOW |
	    AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, st);

	if (r == 0 && point_old("mount_root"))
		st->stx_attributes_mask = 0;
	return r;
}

dev_t
mount_device(const struct statx *st)
{
	return makedev(st->stx_dev_major, st->stx_dev_minor);
}

static bool
system_lies_on(dev_t device)
{
	struct statx top;

	return mount_look(AT_FDCWD, "/", 0, &top) == 0 &&
	    mount_device(&top) == device;
}

bool
mount_lies(dev_t device, const struct statfs *fs)
{
	return fs->f_type == FS_FUSE && !system_lies_on(device);
}

/*
 * Where a filter of system calls refuses statfs(2), /proc tells the same.
 */

enum { MOUNTS_LIMIT = 4 << 20 };

/* The file systems that we tell from others, as /proc/self/mountinfo has them: by
 * what their names begin with. */
static const struct {
	const char *name;
	long type;
} types[] = {
	{ "tmpfs ", FS_TMPFS }, { "fuse", FS_FUSE }, { "overlay ", FS_OVERLAY },
	{ "proc ", PROC_SUPER_MAGIC }, { "nfs", NFS_SUPER_MAGIC },
	{ "cifs ", SMB_SUPER_MAGIC }, { "smb", SMB_SUPER_MAGIC },
};

/* The type in a line of mountinfo, if it is of a mount of this device: "ID PARENT
 * MAJOR:MINOR ... - TYPE ...".  -1: it is not. */
static long
line_type(const char *line, dev_t device)
{
	unsigned int number[4] = { 0 };
	const char *name = strstr(line, " - ");
	char *end = (char *)line;

	if (!name)
		return -1;
	for (int i = 0; i < 4; i++)
		number[i] = (unsigned int)strtoul(end + (i == 3), &end, 10);
	if (makedev(number[2], number[3]) != device)
		return -1;
	name += strlen(" - ");
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (!strncmp(name, types[i].name, strlen(types[i].name)))
			return types[i].type;
	}
	return 0;
}

/* Where what is mounted is not listed (a subvolume has a device of its own), it is
 * none of these: a mount of theirs has the device of its files.  0 or -1. */
static int
listed_type(dev_t device, struct statfs *fs)
{
	struct buf b = { 0 };
	char *line, *next;
	long type = -1;
	int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	int r = fd < 0 || io_slurp(fd, &b, MOUNTS_LIMIT) < 0 ||
	    buf_add(&b, "", 1) < 0 ? -1 : 0;

	io_close(&fd);
	for (line = b.at; r == 0 && type < 0 && *line; line = next) {
		next = strchrnul(line, '\n');
		if (*next)
			*next++ = '\0';
		type = line_type(line, device);
	}
	buf_free(&b);
	memset(fs, 0, sizeof(*fs));
	fs->f_type = type < 0 ? 0 : type;
	return r;
}

static bool
is_refused(void)
{
	return errno == EPERM || errno == ENOSYS;
}

int
mount_statfs(const char *path, struct statfs *fs)
{
	struct statx st;

	return statfs(path, fs) == 0 ? 0 : is_refused() &&
	    mount_look(AT_FDCWD, path, 0, &st) == 0 ?
	    listed_type(mount_device(&st), fs) : -1;
}

int
mount_fstatfs(int fd, struct statfs *fs)
{
	struct stat st;

	return fstatfs(fd, fs) == 0 ? 0 : is_refused() && fstat(fd, &st) == 0 ?
	    listed_type(st.st_dev, fs) : -1;
}
