/*
 * replace.c: write a file beside another one, and rename it.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/base/replace.h"
#include "cli/base/text.h"

int
file_replace(const char *path, const char *at, size_t n)
{
	char temp[PATH_MAX];
	int fd, r;

	errno = ENAMETOOLONG;
	if (!text_join(temp, sizeof(temp), path, ".", TEXT_NUM(getpid()), NULL))
		return -1;
	/* One that was left there, or is another user's. */
	unlink(temp);
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return -1;
	r = fchmod(fd, 0644) == 0 && io_write(fd, at, n) == 0 ?
	    rename(temp, path) : -1;
	io_close(&fd);
	if (r < 0) {
		int err = errno;

		unlink(temp);
		errno = err;
	}
	return r;
}
