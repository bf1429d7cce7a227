/*
 * kernel_file.c: descriptors, open files, and what is read and written.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

/*
 * The calls that are told by others, or find an open file first (calls.h).
 */

#define CALL(type, name, params, args)
#define SAME(type, name, params, args, call) \
	long k_##name params { return k_##call; }
#define ON_FILE(type, name, args, ...) \
	long k_##name(int fd, __VA_ARGS__) \
	{ \
		struct file *f = fd_find(fd); \
		return f ? file_##name args : -EBADF; \
	}
#define ON_SOCK(type, name, args, ...) \
	long k_##name(int fd, __VA_ARGS__) \
	{ \
		struct file *f = fd_find(fd); \
		return !f ? -EBADF : f->kind == &sock_kind ? \
		    sock_##name args : -ENOTSOCK; \
	}
#include "tests/sim/calls.h"
#undef CALL

struct file *
file_new(const struct file_kind *kind, struct inode *inode, int flags, void *data)
{
	struct file *f = kalloc(sizeof(*f));

	f->kind = kind;
	f->refs = 1;
	f->inode = inode;
	f->flags = flags;
	f->data = data;
	return f;
}

void
file_put(struct file *f)
{
	if (--f->refs > 0)
		return;
	locks_drop(f);
	if (f->kind->close)
		f->kind->close(f);
}

struct file *
fd_any(int fd)
{
	return fd >= 0 && fd < FDS ? now->fds->file[fd] : NULL;
}

struct file *
fd_find(int fd)
{
	struct file *f = fd_any(fd);

	return f && !(f->flags & O_PATH) ? f : NULL;
}

int
fd_limit(void)
{
	rlim_t most = now->limits[RLIMIT_NOFILE].rlim_cur;

	return most < FDS ? (int)most : FDS;
}

int
fd_free(int least)
{
	for (; least < fd_limit(); least++)
		if (!now->fds->file[least])
			return least;
	if (now->limits[RLIMIT_NOFILE].rlim_cur > FDS && least == FDS)
		unknown("a process needs more than %d descriptors", FDS);
	return -EMFILE;
}

long
fd_new(struct file *f, bool cloexec, int least)
{
	int fd = fd_free(least);

	if (fd < 0) {
		file_put(f);
		return fd;
	}
	now->fds->file[fd] = f;
	now->fds->cloexec[fd] = cloexec;
	return fd;
}

long
fd_pair(struct file *a, struct file *b, bool cloexec, int fds[2])
{
	long first = fd_new(a, cloexec, 0), second;

	if (first < 0) {
		file_put(b);
		return first;
	}
	second = fd_new(b, cloexec, 0);
	if (second < 0) {
		k_close((int)first);
		return second;
	}
	fds[0] = (int)first;
	fds[1] = (int)second;
	return 0;
}

long
k_close(int fd)
{
	struct file *f = fd_any(fd);

	if (!f)
		return -EBADF;
	now->fds->file[fd] = NULL;
	file_put(f);
	return 0;
}

long
k_close_range(unsigned from, unsigned to, int flags)
{
	enum { UNSHARE = 2 };

	if (flags & ~UNSHARE)
		unknown("close_range: flags %#x", (unsigned)flags);
	if (from > to)
		return -EINVAL;
	if (flags & UNSHARE)
		fds_own();
	for (unsigned fd = from; fd < FDS && fd <= to; fd++)
		k_close((int)fd);
	return 0;
}

long
k_dup2(int fd, int to)
{
	struct file *f = fd_any(fd), *old;

	if (!f || to < 0 || to >= fd_limit())
		return -EBADF;
	if (fd == to)
		return to;
	old = now->fds->file[to];
	f->refs++;
	now->fds->file[to] = f;
	now->fds->cloexec[to] = false;
	if (old)
		file_put(old);
	return to;
}

void
inode_room(struct inode *inode, size_t n)
{
	size_t cap = inode->cap;
	char *at;

	if (n <= cap)
		return;
	if (inode->pinned)
		unknown("a file that is mapped grows beyond %zu bytes", cap);
	while (cap < n)
		cap = cap ? 2 * cap : 64;
	at = kalloc(cap);
	if (inode->size)
		memcpy(at, inode->data, inode->size);
	inode->data = at;
	inode->cap = cap;
}

void
size_set(struct inode *inode, size_t n)
{
	inode_room(inode, n);
	if (n < inode->size)
		memset(inode->data + n, 0, inode->size - n);
	inode->size = n;
	if (inode->parent)
		dir_notify(inode->parent, DN_MODIFY);
}

static long
file_read(struct file *f, void *buf, size_t n, long long at)
{
	const struct snapshot *s = f->data;
	const char *from = s ? s->text : f->inode->data;
	size_t len = s ? s->len : f->inode->size;

	if (at >= (long long)len)
		return 0;
	if (n > len - (size_t)at)
		n = len - (size_t)at;
	memcpy(buf, from + at, n);
	return (long)n;
}

static long
file_write(struct file *f, const void *buf, size_t n, long long at)
{
	struct inode *inode = f->inode;
	size_t end = (size_t)at + n;

	if (f->data)
		unknown("a file of /proc is written");
	if (!n)
		return 0;
	inode_room(inode, end);
	memcpy(inode->data + at, buf, n);
	if (end > inode->size)
		inode->size = end;
	if (inode->parent)
		dir_notify(inode->parent, DN_MODIFY);
	return (long)n;
}

static long
plain_read(struct file *f, void *buf, size_t n)
{
	long r = file_read(f, buf, n, f->pos);

	f->pos += r;
	return r;
}

static long
plain_write(struct file *f, const void *buf, size_t n)
{
	long r;

	if (n && f->flags & O_APPEND)
		f->pos = (long long)f->inode->size;
	r = file_write(f, buf, n, f->pos);
	f->pos += r > 0 ? r : 0;
	return r;
}

static long
folder_read(struct file *f, void *buf, size_t n)
{
	(void)f, (void)buf, (void)n;
	return -EISDIR;
}

static long
null_read(struct file *f, void *buf, size_t n)
{
	(void)f, (void)buf, (void)n;
	return 0;
}

static long
null_write(struct file *f, const void *buf, size_t n)
{
	(void)f, (void)buf;
	return (long)n;
}

const struct file_kind plain_kind = {
	.name = "file", .read = plain_read, .write = plain_write
}, folder_kind = {
	.name = "folder", .read = folder_read
}, null_kind = {
	.name = "null", .read = null_read, .write = null_write
}, path_kind = {
	.name = "path"
};

/* The open file, if it can be read, or written: `not` is the access mode that
 * cannot. */
static struct file *
fd_use(int fd, int not)
{
	struct file *f = fd_find(fd);

	return f && (f->flags & O_ACCMODE) != not ? f : NULL;
}

long
k_read(int fd, void *buf, size_t n)
{
	struct file *f = fd_use(fd, O_WRONLY);

	return !f ? -EBADF : f->kind->read ? f->kind->read(f, buf, n) : -EINVAL;
}

long
k_write(int fd, const void *buf, size_t n)
{
	struct file *f = fd_use(fd, O_RDONLY);

	if (f && f->kind == &null_kind && (fd == 1 || fd == 2)) {
		tell("SAYS %.*s", (int)n, (const char *)buf);
		world_says(buf, n);
	}
	if (!f)
		return -EBADF;
	if (!f->kind->write)
		unknown("write to %s", f->kind->name);
	return f->kind->write(f, buf, n);
}

static bool
is_seekable(const struct file *f)
{
	return f->kind == &plain_kind || f->kind == &folder_kind ||
	    f->kind == &null_kind;
}

/* At a place of its own. */
static long
place_may(const struct file *f, off_t at, int not)
{
	return at < 0 ? -EINVAL : !is_seekable(f) ? -ESPIPE :
	    (f->flags & O_ACCMODE) == not ? -EBADF : 0;
}

long
file_pread(struct file *f, void *buf, size_t n, off_t at)
{
	long r = place_may(f, at, O_WRONLY);

	return r < 0 ? r : f->kind == &plain_kind ?
	    file_read(f, buf, n, at) : f->kind->read(f, buf, n);
}

long
file_pwrite(struct file *f, const void *buf, size_t n, off_t at)
{
	long r = place_may(f, at, O_RDONLY);

	return r < 0 ? r : f->kind == &plain_kind ?
	    file_write(f, buf, n, f->flags & O_APPEND ?
	    (long long)f->inode->size : at) : f->kind->write(f, buf, n);
}

long
file_lseek(struct file *f, off_t at, int whence)
{
	if (!is_seekable(f))
		return -ESPIPE;
	if (whence == SEEK_CUR)
		at += f->pos;
	else if (whence == SEEK_END && f->kind == &folder_kind)
		return -EINVAL;
	else if (whence != SEEK_SET)
		unknown("lseek: whence %d", whence);
	if (at < 0)
		return -EINVAL;
	return f->kind == &null_kind ? 0 : (f->pos = at);
}

long
file_ftruncate(struct file *f, off_t n)
{
	if (n < 0 || f->kind != &plain_kind || (f->flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	size_set(f->inode, (size_t)n);
	return 0;
}

long
file_fallocate(struct file *f, int mode, off_t at, off_t n)
{
	if (mode)
		unknown("fallocate: mode %#x", (unsigned)mode);
	if (at < 0 || n <= 0)
		return -EINVAL;
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return -EBADF;
	if (f->kind != &plain_kind)
		return -ENODEV;
	if ((size_t)(at + n) > f->inode->size)
		size_set(f->inode, (size_t)(at + n));
	return 0;
}
