/*
 * lockfile_parcel.c: the lock file's open file, packed into a socket for the
 * program, and fetched from there.
 *
 * The socket is one end of a pair, whose other end is closed: the unread
 * message in it keeps the file open.  A fetched descriptor is of the same open
 * file, so it shares the lock.
 */
#include <sys/socket.h>
#include <sys/syscall.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/number.h"
#include "cli/base/points.h"
#include "cli/base/proc.h"
#include "cli/core/slot/lockfile_parcel.h"
#include "cli/core/slot/owner.h"
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

/* The file in the parcel that is descriptor `number` of another process; -1:
 * that descriptor is no parcel, or has another file. */
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

/* A list of descriptors, read without opendir(3), which allocates. */
struct numbers {
	int dir; /* -1: it cannot be listed */
	ssize_t len, at;
	_Alignas(struct dirent64) char some[1024];
};

static void
numbers_begin(struct numbers *s, const char *folder)
{
	s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->len = s->at = 0;
}

/* The next descriptor that is a socket; most are not.  -1: no more. */
static int
numbers_next(struct numbers *s)
{
	static const char socket[] = "socket:";
	const struct dirent64 *e;
	char to[sizeof(socket)];
	long long number;

	for (;; s->at += e->d_reclen) {
		if (s->at == s->len) {
			s->at = 0;
			s->len = s->dir < 0 ? 0 : getdents64(s->dir, s->some,
			    sizeof(s->some));
			if (s->len <= 0)
				return -1;
		}
		e = (const void *)(s->some + s->at);
		if (readlinkat(s->dir, e->d_name, to, sizeof(to)) ==
		    (ssize_t)sizeof(to) &&
		    !memcmp(to, socket, sizeof(socket) - 1) &&
		    number_parse(e->d_name, &number) == 0) {
			s->at += e->d_reclen;
			return (int)number;
		}
	}
}

int
parcel_own(void)
{
	int number, fd = -1;
	struct numbers s;

	numbers_begin(&s, "/proc/self/fd");
	while (fd < 0 && (number = numbers_next(&s)) >= 0)
		fd = parcel_look(number);
	io_close(&s.dir);
	if (fd >= 0)
		close(fd);
	return number;
}

/* Runs in a child of ours (look_fetch), since to read process pid may block. */
static int
fetch_from(pid_t pid, const void *file)
{
	int pidfd = owner_pidfd(pid), fd = -1, number;
	struct numbers s = { .dir = -1 };
	char path[64];

	if (pidfd >= 0)
		numbers_begin(&s, proc_path(pid, "fd", path, sizeof(path)));
	while (fd < 0 && (number = numbers_next(&s)) >= 0)
		fd = fetch(pidfd, number, file);
	io_close(&s.dir);
	io_close(&pidfd);
	return fd;
}

int
parcel_fetch(pid_t pid, const struct stat *file)
{
	return point_old("pidfd_getfd") ? -1 : look_fetch(pid, fetch_from,
	    file, sizeof(*file));
}
