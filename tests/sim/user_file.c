/*
 * user_file.c: streams and folders, as libc has them (user.c).
 */
#include <dirent.h>
#include <jansson.h>
#include <pwd.h>
#include <stdlib.h>

#include "tests/sim/user.h"

/*
 * Streams: stdout, which is kept until it is flushed or STREAM bytes are full,
 * and files that are read.
 */

enum { STREAM = 4096 };

/* What is behind a FILE *. */
struct stream {
	int fd;
	bool error;
	size_t at, n; /* of buf: what is read next, what is there */
	char *buf;    /* STREAM bytes, from the first use on */
};

static struct stream output = { .fd = 1 };
FILE *stdout = (FILE *)&output;

static struct stream *
stream_of(FILE *f)
{
	struct stream *s = (struct stream *)f;

	if (!s->buf && !(s->buf = malloc(STREAM)))
		s->error = true;
	return s;
}

int
fflush(FILE *f)
{
	struct stream *s = (struct stream *)f;
	size_t at = 0;
	ssize_t n = 0;

	while (at < s->n && (n = sim_write(s->fd, s->buf + at, s->n - at)) >= 0)
		at += (size_t)n;
	s->n = 0;
	if (n < 0)
		s->error = true;
	return n < 0 ? EOF : 0;
}

size_t
fwrite(const void *from, size_t size, size_t n, FILE *f)
{
	struct stream *s = stream_of(f);
	const char *at = from;
	size_t left = size * n, part;

	for (; left && s->buf; left -= part, at += part) {
		part = left < STREAM - s->n ? left : STREAM - s->n;
		memcpy(s->buf + s->n, at, part);
		s->n += part;
		if (s->n == STREAM && fflush(f))
			return 0;
	}
	return left ? 0 : n;
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
	va_list args;
	char *text;
	int n;

	(void)flag;
	va_start(args, fmt);
	n = format(&text, fmt, args);
	va_end(args);
	if (n >= 0 && fputs(text, stdout) < 0)
		n = -1;
	free(text);
	return n;
}

int
json_dumpf(const json_t *json, FILE *f, size_t flags)
{
	char *text = json_dumps(json, flags);
	int r = text ? fputs(text, f) : -1;

	free(text);
	return r;
}

FILE *
fopen(const char *path, const char *mode)
{
	int flags = O_RDONLY | (strchr(mode, 'e') ? O_CLOEXEC : 0);
	int fd = *mode == 'r' ? sim_openat(AT_FDCWD, path, flags, 0) : -1;
	struct stream *s = fd < 0 ? NULL : calloc(1, sizeof(*s));

	if (*mode != 'r')
		unknown("fopen: %s", mode);
	if (fd >= 0 && !s)
		sim_close(fd);
	if (s)
		s->fd = fd;
	return (FILE *)s;
}

int
fclose(FILE *f)
{
	struct stream *s = (struct stream *)f;
	int r = sim_close(s->fd);

	free(s->buf);
	free(s);
	return r;
}

int ferror(FILE *f) { return ((struct stream *)f)->error; }

/* The next byte, or EOF. */
static int
stream_byte(struct stream *s)
{
	ssize_t n;

	if (s->at == s->n && s->buf) {
		n = sim_read(s->fd, s->buf, STREAM);
		s->error = n < 0;
		s->at = 0;
		s->n = n > 0 ? (size_t)n : 0;
	}
	return s->at < s->n ? (unsigned char)s->buf[s->at++] : EOF;
}

ssize_t
__getdelim(char **line, size_t *room, int end, FILE *f)
{
	struct stream *s = stream_of(f);
	size_t n = 0;
	char *more;
	int c = 0;

	while (c != end && (c = stream_byte(s)) != EOF) {
		if (!*line || n + 2 > *room) {
			more = realloc(*line, n + 120);
			if (!more)
				return -1;
			*line = more;
			*room = n + 120;
		}
		(*line)[n++] = (char)c;
		(*line)[n] = '\0';
	}
	return n ? (ssize_t)n : -1;
}

/* Lines that are no entry are skipped. */
struct passwd *
fgetpwent(FILE *f)
{
	static struct passwd p;
	static char *line;
	static size_t room;
	char *field[7], *at;
	int n;

	while (__getdelim(&line, &room, '\n', f) > 0) {
		at = line;
		line[strcspn(line, "\n")] = '\0';
		for (n = 0; at && n < 7; n++)
			field[n] = strsep(&at, ":");
		if (*line == '#' || n < 7)
			continue;
		p = (struct passwd){ field[0], field[1],
			(uid_t)strtoul(field[2], NULL, 10),
			(gid_t)strtoul(field[3], NULL, 10), field[4], field[5],
			field[6] };
		return &p;
	}
	return NULL;
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

static DIR *
dir_open(int dir, const char *path)
{
	int fd = sim_openat(dir, path,
	    O_RDONLY | O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
	DIR *d = fd < 0 ? NULL : dir_new(fd);

	if (fd >= 0 && !d)
		sim_close(fd);
	return d;
}

DIR *
opendir(const char *path)
{
	return dir_open(AT_FDCWD, path);
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

int
alphasort(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int
scandirat(int dir, const char *path, struct dirent ***list,
    int (*wanted)(const struct dirent *),
    int (*compare)(const struct dirent **, const struct dirent **))
{
	DIR *d = dir_open(dir, path);
	struct dirent *e, *copy, **more;
	int n = 0;

	if (!d)
		return -1;
	*list = NULL;
	while ((e = readdir(d))) {
		if (wanted && !wanted(e))
			continue;
		more = reallocarray(*list, (size_t)n + 1, sizeof(*more));
		copy = more ? malloc(e->d_reclen) : NULL;
		if (!copy)
			unknown("scandirat: out of memory");
		*list = more;
		more[n++] = memcpy(copy, e, e->d_reclen);
	}
	closedir(d);
	if (n && compare)
		qsort(*list, (size_t)n, sizeof(**list),
		    (int (*)(const void *, const void *))(void *)compare);
	return n;
}
