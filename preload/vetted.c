/*
 * vetted.c: opening a slot's folder and files only if they belong to the euid.
 */
#include "preload/sys.h"
#include "preload/vetted.h"

int
vetted_open(int dir, const char *name, int flags, unsigned long long *inode)
{
	struct statx st;
	int fd = sys_open(dir, name, flags | O_NOFOLLOW), r;
#ifdef SYS_geteuid32
	long nr = SYS_geteuid32;
#else
	long nr = SYS_geteuid;
#endif

	if (fd < 0)
		return fd;
	r = sys_status(fd, "", AT_EMPTY_PATH, &st);
	if (r == 0 && st.stx_uid == (unsigned int)SYS1(nr, 0)) {
		if (inode)
			*inode = st.stx_ino;
		return fd;
	}
	sys_close(fd);
	return r < 0 ? r : -EPERM;
}

int
vetted_slot(const char *slot)
{
	if (*slot != '/')
		return -EPERM;
	return vetted_open(AT_FDCWD, slot, O_PATH | O_DIRECTORY, NULL);
}
