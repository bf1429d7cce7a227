/*
 * skips.c: the file that counts the launches that an instance has turned away.
 *
 * It holds numbers of eight bytes: the time of one launch, or, if negative, a
 * count of earlier ones.  A launch appends its own with one write, which needs
 * no lock.  Once in a while a launch shortens a long file; a number appended to
 * the old file at that moment is lost.
 */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/slot/skips.h"

enum {
	MOST = 1 << 16,    /* bytes, from which on it is shortened */
	SOMETIMES = 128,
	NOT_OURS = 1 << 20 /* bytes: what is behind them nobody has counted */
};

/* More than can be turned away. */
#define MANY (1LL << 40)

#define OPENED (O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

static void
skip_count(struct skips *s, long long number)
{
	if (number < 0) {
		s->n += number > -MANY ? -number : 0;
		return;
	}
	s->n++;
	if (s->known == SKIPS_KEPT)
		memmove(s->at, s->at + 1,
		    (size_t)--s->known * sizeof(*s->at));
	s->at[s->known++] = number;
}

/* Count what an open file holds.  A keeper does when its instance has ended: with
 * a sparse file of 20 GB in its place nobody got the slot for three minutes. */
static void
skips_count(int fd, struct skips *s)
{
	long long numbers[128];
	off_t at = 0;
	ssize_t n;

	memset(s, 0, sizeof(*s));
	while (at < NOT_OURS && (n = IO_RETRY(pread(fd, numbers,
	    sizeof(numbers), at)) / (ssize_t)sizeof(*numbers)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			skip_count(s, numbers[i]);
		at += n * (ssize_t)sizeof(*numbers);
	}
}

/* Replace a long file by a short one with the same counts. fd is open for
 * writing only. */
static void
skips_shorten(int dir, const char *file, int fd)
{
	long long numbers[1 + SKIPS_KEPT];
	char path[PATH_MAX];
	struct skips s;
	int in = -1, out = -1;
	size_t len;

	/* Another launch may shorten it now. (If one did, no harm is done.) */
	if (flock(fd, LOCK_EX | LOCK_NB) < 0 ||
	    !text_join(path, sizeof(path), file, ".new", NULL))
		return;
	in = openat(dir, file, O_RDONLY | OPENED);
	out = in < 0 ? -1 : openat(dir, path,
	    O_WRONLY | O_CREAT | O_TRUNC | OPENED, 0600);
	if (out >= 0) {
		skips_count(in, &s);
		numbers[0] = s.known - s.n;
		memcpy(numbers + 1, s.at, sizeof(s.at));
		len = (size_t)(1 + s.known) * sizeof(*numbers);
		if (write(out, numbers, len) == (ssize_t)len)
			renameat(dir, path, dir, file);
		else
			unlinkat(dir, path, 0);
	}
	io_close(&in);
	io_close(&out);
}

void
skips_add(int dir, const char *file)
{
	long long now = clock_wall();
	int err = errno, fd = openat(dir, file,
	    O_WRONLY | O_APPEND | O_CREAT | OPENED, 0600);

	if (fd >= 0 && write(fd, &now, sizeof(now)) == sizeof(now) &&
	    now % SOMETIMES == 0 && lseek(fd, 0, SEEK_CUR) > MOST)
		skips_shorten(dir, file, fd);
	io_close(&fd);
	errno = err;
}

void
skips_read(int dir, const char *file, struct skips *s)
{
	int fd = openat(dir, file, O_RDONLY | OPENED);

	memset(s, 0, sizeof(*s));
	if (fd >= 0)
		skips_count(fd, s);
	io_close(&fd);
}

void
skips_put(const struct skips *s, struct buf *b)
{
	if (s->n)
		fields_put_num(b, "skipped", s->n);
	for (int i = 0; i < s->known; i++)
		fields_put_num(b, "skip-at", s->at[i]);
}

void
skips_take(const struct fields *f, struct skips *s)
{
	const char *at = NULL;

	memset(s, 0, sizeof(*s));
	while ((at = fields_next(f, "skip-at", at)))
		skip_count(s, strtoll(at, NULL, 10));
	s->n = fields_num(f, "skipped", 0);
}
