/*
 * parcel.c: the lock file's open file, packed for the program, and had from it.
 */
#include <sys/socket.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/points.h"
#include "cli/proc.h"
#include "cli/slot/owner.h"
#include "cli/slot/parcel.h"
#include "preload/parcel.h"

int
parcel_pack(int *file)
{
	char word[] = PARCEL_WORD;
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} side;
	struct iovec part = { word, sizeof(word) };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1,
		.msg_control = &side, .msg_controllen = sizeof(side) };
	int ends[2];
	ssize_t n;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	memset(&side, 0, sizeof(side));
	side.head.cmsg_level = SOL_SOCKET;
	side.head.cmsg_type = SCM_RIGHTS;
	side.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&side.head), file, sizeof(*file));
	n = sendmsg(ends[1], &m, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(ends[1]);
	if (n < 0) {
		close(ends[0]);
		return -1;
	}
	close(*file);
	*file = ends[0];
	return 0;
}

/* What lies in the descriptor of another process, if that is the file. */
static int
fetch(int pidfd, int number, const struct stat *file)
{
	struct stat st;
	int there = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0), fd;

	if (there < 0)
		return -1;
	fd = parcel_look(there);
	close(there);
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_dev == file->st_dev &&
	    st.st_ino == file->st_ino)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

int
parcel_fetch(pid_t pid, const struct stat *file)
{
	static const char socket[] = "socket:";
	char path[64], to[sizeof(socket)];
	int pidfd = owner_pidfd(pid), fd = -1;
	struct dirent *e;
	DIR *d = NULL;

	if (pidfd >= 0 && !point_old("pidfd_getfd"))
		d = opendir(proc_path(pid, "fd", path, sizeof(path)));
	while (d && fd < 0 && (e = readdir(d))) {
		/* Most are something else. */
		if (readlinkat(dirfd(d), e->d_name, to, sizeof(to)) <
		    (ssize_t)sizeof(to) ||
		    memcmp(to, socket, sizeof(socket) - 1))
			continue;
		fd = fetch(pidfd, atoi(e->d_name), file);
	}
	if (d)
		closedir(d);
	io_close(&pidfd);
	return fd;
}
