/*
 * user_file.c: streams and folders, as libc has them (user.c).
 */
#include <dirent.h>
#include <stdlib.h>

#include "tests/sim/user.h"

/* stdout: it is kept until it is flushed, or all of this is full. */
static char output[4096];
static size_t output_n;
static bool output_bad;
FILE *stdout = (FILE *)output;

int
fflush(FILE *f)
{
	size_t at = 0;
	ssize_t n = 0;

	(void)f;
	while (at < output_n && (n = sim_write(1, output + at, output_n - at)) >= 0)
		at += (size_t)n;
	output_n = 0;
	output_bad |= n < 0;
	return n < 0 ? EOF : 0;
}

size_t
fwrite(const void *from, size_t size, size_t n, FILE *f)
{
	const char *at = from;
	size_t left = size * n, part;

	for (; left; left -= part, at += part) {
		part = sizeof(output) - output_n;
		if (part > left)
			part = left;
		memcpy(output + output_n, at, part);
		output_n += part;
		if (output_n == sizeof(output) && fflush(f))
			return 0;
	}
	return n;
}

int
fputs(const char *text, FILE *f)
{
	size_t n = strlen(text);

	return fwrite(text, 1, n, f) == n ? 0 : EOF;
}

int
putc(int c, FILE *f)
{
	char byte = (char)c;

	return fwrite(&byte, 1, 1, f) == 1 ? c : EOF;
}

int
puts(const char *text)
{
	return fputs(text, stdout) < 0 ? EOF : putc('\n', stdout);
}

int
__printf_chk(int flag, const char *fmt, ...)
{
	va_list args, again;
	char *text;
	int n;

	(void)flag;
	va_start(args, fmt);
	va_copy(again, args);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	text = malloc((size_t)n + 1);
	if (!text || vsnprintf(text, (size_t)n + 1, fmt, args) < 0 ||
	    fputs(text, stdout) < 0)
		n = -1;
	va_end(args);
	free(text);
	return n;
}

int
ferror(FILE *f)
{
	(void)f;
	return output_bad;
}

/* DIR. */
struct __dirstream {
	int fd;
	size_t at, n;
	char buf[2048] __attribute__((aligned(8)));
};

static DIR *
dir_new(int fd)
{
	DIR *d = malloc(sizeof(*d));

	if (d) {
		d->fd = fd;
		d->at = d->n = 0;
	}
	return d;
}

DIR *
fdopendir(int fd)
{
	struct stat st;
	int flags;

	if (sim_fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		return NULL;
	}
	flags = sim_fcntl(fd, F_GETFL, 0);
	if (flags >= 0 && flags & O_PATH)
		errno = EBADF;
	return flags < 0 || flags & O_PATH ? NULL : dir_new(fd);
}

DIR *
opendir(const char *path)
{
	int fd = sim_openat(AT_FDCWD, path,
	    O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : dir_new(fd);

	if (fd >= 0 && !d)
		sim_close(fd);
	return d;
}

struct dirent *
readdir(DIR *d)
{
	struct dirent *e;
	int err = errno;
	ssize_t n;

	if (d->at == d->n) {
		n = sim_getdents64(d->fd, d->buf, sizeof(d->buf));
		if (n < 0 && errno == ENOENT)
			errno = err; /* the folder has been removed */
		if (n <= 0)
			return NULL;
		d->n = (size_t)n;
		d->at = 0;
	}
	e = (void *)(d->buf + d->at);
	d->at += e->d_reclen;
	return e;
}

void
rewinddir(DIR *d)
{
	sim_lseek(d->fd, 0, SEEK_SET);
	d->at = d->n = 0;
}

int dirfd(DIR *d) { return d->fd; }

int
closedir(DIR *d)
{
	int fd = d->fd;

	free(d);
	return sim_close(fd);
}
