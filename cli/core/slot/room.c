/*
 * room.c: room for the next record and mapping of a slot.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/slot/room.h"

int
room_open(int folder, const char *name)
{
	const int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC;
	int fd = openat(folder, name, flags | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	/* We write into this file: it must have no second name. */
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid() && st.st_nlink == 1)
		return fd;
	io_close(&fd);
	unlinkat(folder, name, 0);
	return openat(folder, name, flags | O_CREAT | O_EXCL, 0600);
}

static bool
one_make(int folder, const char *name, size_t n)
{
	int fd = room_open(folder, name), err = errno;
	struct stat st;

	if (fd >= 0)
		err = fstat(fd, &st) == 0 && st.st_size >= (off_t)n ? 0 :
		    posix_fallocate(fd, 0, (off_t)n);
	io_close(&fd);
	errno = err;
	return !err;
}

int
room_make(int folder, size_t n)
{
	int err;

	/* One byte takes as much room on the disk as a mapping file. */
	if (one_make(folder, ROOM_INFO, n) && one_make(folder, ROOM_MAPPING, 1))
		return 0;
	err = errno;
	unlinkat(folder, ROOM_INFO, 0);
	unlinkat(folder, ROOM_MAPPING, 0);
	errno = err;
	return -1;
}
