/*
 * trusted.c: files that count only if no other user can have written them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/trusted.h"
#include "preload/contract.h"

/* EXIT_DENIED only if err is about the path, not a failing system. */
static int
denied(int err)
{
	return fault_of_path(err) ? EXIT_DENIED : EXIT_SYSTEM;
}

int
trusted(int fd, mode_t kind, const char *path, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fault_errno(f, denied(errno), errno, path, NULL);
	if ((st.st_mode & S_IFMT) != kind)
		return fault_set(f, EXIT_DENIED, path, kind == S_IFDIR ?
		    " is not a folder" : " is not a plain file", NULL);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fault_set(f, EXIT_DENIED, path, " belongs to another"
		    " user", NULL);
	if (st.st_mode & 022)
		return fault_set(f, EXIT_DENIED, path, " is writable by"
		    " others", NULL);
	return 0;
}

/* trusted() for the folder of the file that a link has led to. */
static int
around_trusted(int fd, struct fault *f)
{
	char path[PATH_MAX];
	int dir, r;

	if (*proc_fd(fd, path, sizeof(path)) != '/')
		return fault_set(f, EXIT_DENIED, "a link leads nowhere", NULL);
	*strrchr(path, '/') = '\0';
	dir = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? fault_errno(f, denied(errno), errno, path, NULL) :
	    trusted(dir, S_IFDIR, *path ? path : "/", f);
	io_close(&dir);
	return r;
}

int
trusted_fault(const char *path, struct fault *f)
{
	return fault_errno(f, errno == ENOENT ? EXIT_NONE : denied(errno),
	    errno, path, NULL);
}

int
trusted_open(int folder, const char *path, const char *name, bool *linked,
    struct fault *f)
{
	/* A rule may be any file: O_NONBLOCK, since the open of a FIFO
	 * blocks. */
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(folder, name, flags | O_NOFOLLOW);

	*linked = fd < 0 && errno == ELOOP;
	if (*linked)
		fd = openat(folder, name, flags);
	if (fd < 0) {
		trusted_fault(path, f);
		/* The link exists, its target does not. */
		if (*linked)
			f->code = EXIT_DENIED;
		return -1;
	}
	if (trusted(fd, S_IFREG, path, f) == 0 &&
	    (!*linked || around_trusted(fd, f) == 0))
		return fd;
	io_close(&fd);
	return -1;
}
