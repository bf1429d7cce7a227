/*
 * ended.c: the file of ended instances.
 *
 * A record is fields, with two NULs before it: no record contains two in a row,
 * so a truncated record does not harm the next.  The last field is end=1.
 * Writers take turns (flock): else two that find the file full would both
 * rename it, and lose both files.  A writer that does not get its turn soon
 * drops its record: the slot is waiting for us.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/slot/ended.h"
#include "cli/core/slot/folder.h"
#include "cli/core/slot/instance.h"
#include "preload/contract.h"

#define ENDED ".ended"
#define ENDED_BEFORE ".ended.1"

enum { TURN_MS = 100, ROOM = 16 << 10 };

/* Open the file if it is ours alone: not a link, nor a file with another name.
 * flags: O_RDONLY, or flags for writing. -1: it is not (EPERM), or cannot be
 * opened. */
static int
ended_open(const struct root *r, const char *name, int flags, struct stat *st)
{
	int fd = openat(r->fd, name,
	    flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd >= 0 && (fstat(fd, st) < 0 || !S_ISREG(st->st_mode) ||
	    st->st_uid != geteuid() || st->st_nlink > 1 ||
	    st->st_mode & 022)) {
		errno = EPERM;
		io_close(&fd);
	}
	return fd;
}

/* The file, locked, with room for n bytes.  -1: errno, no turn. */
static int
ended_turn(const struct root *r, size_t n)
{
	long long deadline = clock_now() + TURN_MS;
	struct stat st;
	int fd;

	while ((fd = ended_open(r, ENDED, O_WRONLY | O_APPEND | O_CREAT,
	    &st)) >= 0) {
		if (io_lock(fd, deadline) < 0 || fstat(fd, &st) < 0 ||
		    clock_now() >= deadline)
			break;
		/* The last writer may have renamed it, and not created a new
		 * one yet. */
		if (folder_has(r->fd, ENDED, fd)) {
			if (st.st_size + (off_t)n <= ENDED_BYTES)
				return fd;
			if (renameat(r->fd, ENDED, r->fd, ENDED_BEFORE) < 0)
				break;
		}
		io_close(&fd);
	}
	io_close(&fd);
	return -1;
}

/* On a full disk it may be half a record: readers skip that.  0 or -1. */
static int
ended_append(const struct root *r, const struct buf *b)
{
	int fd = ended_turn(r, b->len);
	int n = fd < 0 ? -1 : io_write(fd, b->at, b->len);

	io_close(&fd);
	return n;
}

/* r has no room left, errno says why: append it in another default root. */
static void
ended_elsewhere(const struct root *r, const struct buf *b)
{
	struct root other = *r;
	int err = errno;
	struct fault f;

	other.fd = -1;
	if (root_pass(&other, err) == 0 && root_open(&other, &f) == 0)
		ended_append(&other, b);
	root_close(&other);
}

void
ended_put(const struct root *r, const struct info *i, int exit,
    const struct buf *more)
{
	char storage[ROOM], key[NAME_SHOWN + 1];
	const char *part = NULL, *typed = info_typed(i, NULL);
	size_t len = 0;
	struct buf b;

	buf_init(&b, storage, sizeof(storage));
	buf_add(&b, "\0\0", 2);
	fields_put(&b, "app", i->app);
	while ((part = info_key(i, part)))
		len += strlen(part) + 1;
	if (len > NAME_SHOWN + 1)
		fields_put(&b, "key", instance_key(i, key)); /* its digest */
	else while ((part = info_key(i, part)))
		fields_put(&b, "key", part);
	if (typed && strlen(typed) < NAME_MAX)
		fields_put(&b, "arg", typed);
	fields_put_num(&b, "pid", i->owner.pid);
	fields_put_num(&b, "pidns", (long long)i->owner.pidns);
	fields_put_num(&b, "since", i->since);
	fields_put_num(&b, "ended", clock_wall());
	if (exit >= 0)
		fields_put_num(&b, "exit", exit);
	if (more)
		buf_add(&b, more->at, more->len);
	fields_put_num(&b, "end", 1);
	if (!b.failed && ended_append(r, &b) < 0)
		ended_elsewhere(r, &b);
	buf_free(&b);
}

int
ended_read(const struct root *r, struct buf *b)
{
	/* Open them in this order: else a writer that renames the file
	 * meanwhile would hide its records. */
	static const char *const names[] = { ENDED, ENDED_BEFORE };
	struct stat st[2] = { 0 };
	int fds[2], err = 0;

	for (int i = 0; i < 2; i++) {
		errno = 0;
		fds[i] = ended_open(r, names[i], O_RDONLY, &st[i]);
		if (fds[i] < 0 && errno && !fault_of_path(errno))
			err = errno;
	}
	if (fds[0] >= 0 && fds[1] >= 0 && st[0].st_dev == st[1].st_dev &&
	    st[0].st_ino == st[1].st_ino)
		io_close(&fds[0]);
	for (int i = 1; i >= 0; i--) {
		size_t had = b->len;

		if (fds[i] >= 0 && io_slurp(fds[i], b, had + ENDED_BYTES) < 0) {
			err = errno == EFBIG ? err : errno;
			b->len = had;
		}
		io_close(&fds[i]);
	}
	errno = err;
	return err ? -1 : 0;
}

bool
ended_next(const struct buf *b, size_t *at, struct fields *f)
{
	const char *end;

	while (*at < b->len) {
		if (!b->at[*at]) {
			++*at;
			continue;
		}
		end = memmem(b->at + *at, b->len - *at, "\0\0", 2);
		f->at = b->at + *at;
		f->len = end ? (size_t)(end - f->at) + 1 : b->len - *at;
		*at += f->len;
		if (fields_valid(f->at, f->len) && fields_get(f, "app") &&
		    fields_num(f, "end", 0) == 1 && fields_num(f, "ended", 0) >
		    clock_wall() - ENDED_DAYS_MS)
			return true;
	}
	return false;
}
