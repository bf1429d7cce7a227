/*
 * trusted.c: files that count only if no other user can have written them.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/proc.h"
#include "cli/base/trusted.h"
#include "preload/contract.h"

/* EXIT_DENIED only if err is about the path, not a failing system. */
static int
denied_status(int err)
{
	return fault_of_path(err) ? EXIT_DENIED : EXIT_SYSTEM;
}

int
trusted_check(int fd, mode_t kind, const char *path, struct fault *f)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fault_errno(f, denied_status(errno), errno, path, NULL);
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

/* trusted_check() for the folder of the file that a link has led to. */
static int
around_trusted(int fd, struct fault *f)
{
	char path[PATH_MAX];
	int dir, r;

	if (*proc_fd(fd, path, sizeof(path)) != '/')
		return fault_set(f, EXIT_DENIED, "a link leads nowhere", NULL);
	*strrchr(path, '/') = '\0';
	dir = open(*path ? path : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	r = dir < 0 ? fault_errno(f, denied_status(errno), errno, path, NULL) :
	    trusted_check(dir, S_IFDIR, *path ? path : "/", f);
	io_close(&dir);
	return r;
}

int
trusted_fault(const char *path, struct fault *f)
{
	return fault_errno(f, errno == ENOENT ? EXIT_NONE :
	    denied_status(errno), errno, path, NULL);
}

int
trusted_open(int folder, const char *path, const char *name, struct fault *f)
{
	/* A rule may be any file: O_NONBLOCK, since the open of a FIFO
	 * blocks. */
	int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	int fd = openat(folder, name, flags | O_NOFOLLOW);
	bool linked = fd < 0 && errno == ELOOP;

	if (linked)
		fd = openat(folder, name, flags);
	if (fd < 0) {
		trusted_fault(path, f);
		/* The link exists, its target does not. */
		if (linked)
			f->code = EXIT_DENIED;
		return -1;
	}
	if (trusted_check(fd, S_IFREG, path, f) == 0 &&
	    (!linked || around_trusted(fd, f) == 0))
		return fd;
	io_close(&fd);
	return -1;
}

static enum writers
writers_of(const struct stat *st, bool users)
{
	bool link = S_ISLNK(st->st_mode);
	bool many = !link && st->st_mode & 022;

	if (st->st_uid && st->st_uid != geteuid() && (geteuid() || users))
		return WRITERS_OTHERS;
	/* In a sticky folder others cannot replace files that they do not
	 * own. */
	if (many && !(S_ISDIR(st->st_mode) && st->st_mode & S_ISVTX) &&
	    (st->st_mode & 002 || (st->st_gid && st->st_gid != getegid())))
		return WRITERS_OTHERS;
	return many || st->st_uid ? WRITERS_SELF : WRITERS_ROOT;
}

/* The same for a path as it is written. */
static enum writers
spelled_writers(const char *path, bool users, enum writers worst, char *part)
{
	size_t len = strlen(path);
	char to[PATH_MAX];
	enum writers w;
	struct stat st;

	if (*path != '/' || len >= sizeof(to))
		return WRITERS_OTHERS;
	for (size_t n = 1; n <= len; n++) {
		if (n > 1 && path[n] && path[n] != '/')
			continue;
		memcpy(to, path, n);
		to[n] = '\0';
		w = lstat(to, &st) < 0 ? WRITERS_OTHERS :
		    writers_of(&st, users);
		if (w > worst) {
			worst = w;
			strcpy(part, to);
		}
	}
	return worst;
}

enum writers
trusted_writers(const char *path, bool users, char *part)
{
	char real[PATH_MAX];
	enum writers w;

	*part = '\0';
	w = spelled_writers(path, users, WRITERS_ROOT, part);
	return realpath(path, real) ? spelled_writers(real, users, w, part) : w;
}
