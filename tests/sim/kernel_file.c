/*
 * kernel_file.c: files are opened, read and written; descriptors.
 *
 * The content of a file of /proc is made when it is opened; what is read later
 * is that text.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <dirent.h>

#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

/*
 * The calls that are made of others, or find an open file first (calls.h).
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
file_of(const struct proc *p, int fd)
{
	return fd < 0 || fd >= FDS || p->state == ZOMBIE || p->state == FREE ?
	    NULL : p->fds->file[fd];
}

struct file *fd_any(int fd) { return file_of(now, fd); }

struct file *
fd_find(int fd)
{
	struct file *f = fd_any(fd);

	return f && !(f->flags & O_PATH) ? f : NULL;
}

int fd_limit(void) { return (int)now->limits[RLIMIT_NOFILE].rlim_cur; }

long
fd_free(int fd)
{
	while (fd < fd_limit() && now->fds->file[fd])
		fd++;
	return fd < fd_limit() ? fd : -EMFILE;
}

long
fd_new(struct file *f, bool cloexec, int least)
{
	long fd = fd_free(least);

	if (fd < 0) {
		file_put(f);
		return fd;
	}
	now->fds->file[fd] = f;
	now->fds->cloexec[fd] = cloexec;
	return fd;
}

long
fd_copy(struct file *f, bool cloexec, int least)
{
	if (world_fault(DUP))
		return -EMFILE;
	f->refs++;
	return fd_new(f, cloexec, least);
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
	known(!(flags & ~(int)CLOSE_RANGE_UNSHARE));
	if (from > to)
		return -EINVAL;
	if (flags & (int)CLOSE_RANGE_UNSHARE)
		fds_own();
	for (unsigned fd = from; fd < FDS && fd <= to; fd++)
		k_close((int)fd);
	return 0;
}

long
k_dup(int fd)
{
	struct file *f = fd_any(fd);

	return f ? fd_copy(f, false, 0) : -EBADF;
}

long
k_dup2(int fd, int to)
{
	struct file *f = fd_any(fd);

	if (f && fd == to)
		return to;
	if (!f || to < 0 || to >= fd_limit())
		return -EBADF;
	k_close(to);
	f->refs++;
	return fd_new(f, false, to);
}

char *
pages_new(size_t n)
{
	uintptr_t at = (uintptr_t)kalloc(n + PAGE - 1);

	return (char *)((at + PAGE - 1) & ~(uintptr_t)(PAGE - 1));
}

void
inode_room(struct inode *inode, size_t n)
{
	enum { SPARE = 4 * PAGE }; /* a mapped file may grow so far */
	char *at;

	if (n <= inode->cap)
		return;
	known(!inode->pinned);
	if (n < inode->size)
		n = inode->size;
	inode->cap = (n + SPARE - 1) & ~(size_t)(SPARE - 1);
	at = pages_new(inode->cap);
	if (inode->size)
		memcpy(at, inode->data, inode->size);
	inode->data = at;
}

static void
size_set(struct inode *inode, size_t n)
{
	inode_room(inode, n);
	if (n < inode->size)
		memset(inode->data + n, 0, inode->size - n);
	inode->size = n;
	dir_notify(inode->parent, DN_MODIFY);
}

/* What is read of a file of /proc is the text that it had when it was opened. */
static long
place_read(struct file *f, void *buf, size_t n, long long at)
{
	const struct text *t = f->data;
	const char *from = t ? t->at : f->inode->data;
	size_t len = t ? t->len : f->inode->size;

	if (at >= (long long)len)
		return 0;
	if (n > len - (size_t)at)
		n = len - (size_t)at;
	memcpy(buf, from + at, n);
	return (long)n;
}

static long
place_write(struct file *f, const void *buf, size_t n, long long at)
{
	struct inode *inode = f->inode;
	size_t end = (size_t)at + n;

	known(!f->data);
	if (!n)
		return 0;
	size_set(inode, end > inode->size ? end : inode->size);
	memcpy(inode->data + at, buf, n);
	return (long)n;
}

static long
plain_read(struct file *f, void *buf, size_t n)
{
	long r = place_read(f, buf, n, f->pos);

	f->pos += r;
	return r;
}

/* What a process says, line by line. */
static void
says(const struct file *f, const char *buf, size_t n)
{
	const char *end = buf + n, *next;

	for (const char *line = buf; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		next = next ? next : end;
		tell("SAYS %.*s", (int)(next - line), line);
	}
	verb_says(buf, n, now->fds->file[2] == f);
	if (!exact_says(buf, n)) {
		oracle_hears(buf, n);
		world_says(buf, n);
	}
}

/* Its standard error may be a file (--output). */
static long
plain_write(struct file *f, const void *buf, size_t n)
{
	long r;

	if (now->fds->file[2] == f)
		says(f, buf, n);
	if (n && f->flags & O_APPEND)
		f->pos = (long long)f->inode->size;
	r = place_write(f, buf, n, f->pos);
	f->pos += r;
	return r;
}

static long
null_write(struct file *f, const void *buf, size_t n)
{
	says(f, buf, n);
	return (long)n;
}

/* For some it is a terminal, of no known size. */
static long
null_ioctl(struct file *f, unsigned long request, void *arg)
{
	(void)f, (void)arg;
	return !exact_at_terminal() ? -ENOTTY : request == TCGETS ? 0 : -EINVAL;
}

const struct file_kind plain_kind = {
	.name = "file", .read = plain_read, .write = plain_write
}, null_kind = {
	.name = "null", .read = plain_read, .write = null_write,
	.ioctl = null_ioctl
};
static const struct file_kind folder_kind = { .name = "folder" };

/* Whether it was opened to be read, or written: not with this access mode. */
static bool
may_use(const struct file *f, int not)
{
	return (f->flags & O_ACCMODE) != not;
}

long
file_read(struct file *f, void *buf, size_t n)
{
	return !may_use(f, O_WRONLY) ? -EBADF :
	    f->kind->read ? f->kind->read(f, buf, n) :
	    S_ISDIR(f->inode->mode) ? -EISDIR : -EINVAL;
}

long
file_write(struct file *f, const void *buf, size_t n)
{
	if (!may_use(f, O_RDONLY))
		return -EBADF;
	known(f->kind->write);
	return f->kind->write(f, buf, n);
}

long
file_pread(struct file *f, void *buf, size_t n, off_t at)
{
	known(f->kind == &plain_kind);
	return may_use(f, O_WRONLY) ? place_read(f, buf, n, at) : -EBADF;
}

long
file_pwrite(struct file *f, const void *buf, size_t n, off_t at)
{
	known(f->kind == &plain_kind);
	return !may_use(f, O_RDONLY) ? -EBADF : place_write(f, buf, n,
	    f->flags & O_APPEND ? (long long)f->inode->size : at);
}

long
file_lseek(struct file *f, off_t at, int whence)
{
	known(f->kind == &plain_kind || f->kind == &folder_kind);
	known(whence == SEEK_SET || whence == SEEK_CUR);
	if (whence == SEEK_CUR)
		at += f->pos;
	return at < 0 ? -EINVAL : (f->pos = at);
}

long
file_ftruncate(struct file *f, off_t n)
{
	if (n < 0 || f->kind != &plain_kind || !may_use(f, O_RDONLY))
		return -EINVAL;
	size_set(f->inode, (size_t)n);
	return 0;
}

long
file_fallocate(struct file *f, int mode, off_t at, off_t n)
{
	known(mode == 0);
	if (at < 0 || n <= 0)
		return -EINVAL;
	if (!may_use(f, O_RDONLY))
		return -EBADF;
	if ((size_t)(at + n) > f->inode->size)
		size_set(f->inode, (size_t)(at + n));
	return 0;
}

/* A directory's position is the number of entries that were read. */
long
file_getdents64(struct file *f, void *buf, size_t n)
{
	struct dirent64 *e;
	struct inode *to;
	char name[NAME];
	size_t used = 0, len;

	if (f->kind != &folder_kind)
		return -ENOTDIR;
	if (inode_dead(f->inode))
		return -ENOENT;
	for (; name_at(f->inode, (int)f->pos, name); f->pos++) {
		to = *name ? child_find(f->inode, name) : NULL;
		if (!to)
			continue;
		len = (offsetof(struct dirent64, d_name) + strlen(name) + 8) & ~(size_t)7;
		if (used + len > n)
			return used ? (long)used : -EINVAL;
		e = (struct dirent64 *)((char *)buf + used);
		memset(e, 0, len);
		e->d_ino = to->ino;
		e->d_off = f->pos + 1;
		e->d_reclen = (unsigned short)len;
		e->d_type = (unsigned char)IFTODT(to->mode);
		memcpy(e->d_name, name, strlen(name));
		used += len;
	}
	/* Entries made later are not seen until the reader starts again. */
	if (f->inode->fs == FS_TMP)
		f->pos = INT_MAX;
	return (long)used;
}

/* Find or make what is to be opened.  1: made; 0; -errno. */
static long
open_find(int dir, const char *path, int flags, mode_t mode, struct inode **inode)
{
	bool must = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);
	bool folder = flags & O_CREAT && *path && path[strlen(path) - 1] == '/';
	struct walk w;
	long r = path_walk(dir, path, folder ? PARENT : must ||
	    flags & O_NOFOLLOW ? STAY : FOLLOW, &w);

	if (r == 0 && folder && is_name(&w))
		r = -EISDIR;
	if (r < 0)
		return r;
	*inode = w.inode;
	if (w.inode && flags & O_CREAT)
		return must ? -EEXIST : S_ISDIR(w.inode->mode) ? -EISDIR : 0;
	if (w.inode || !(flags & O_CREAT))
		return w.inode ? 0 : -ENOENT;
	r = name_make(dir, path, S_IFREG | (mode & 07777), inode);
	return r < 0 ? r : 1;
}

/* Whether the process may open it so. */
static long
open_may(const struct inode *inode, int flags)
{
	int access = flags & O_ACCMODE;
	int how = (access == O_WRONLY ? 0 : R_OK) |
	    (access == O_RDONLY && !(flags & O_TRUNC) ? 0 : W_OK);
	long r;

	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (S_ISDIR(inode->mode) && how & W_OK)
		return -EISDIR;
	r = inode_may(inode, how);
	return r == 0 && S_ISSOCK(inode->mode) ? -ENXIO : r;
}

enum {
	LARGE = 0100000, /* O_LARGEFILE, which is always so */
	PATH_FLAGS = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	OPEN_FLAGS = PATH_FLAGS | O_ACCMODE | O_CREAT | O_EXCL | O_TRUNC |
	    O_APPEND | O_NONBLOCK | O_NOCTTY | LARGE,
	ONCE_FLAGS = O_CREAT | O_EXCL | O_TRUNC | O_NOCTTY | O_CLOEXEC
};

long
k_openat(int dir, const char *path, int flags, mode_t mode)
{
	struct inode *inode;
	struct file *f;
	long r;

	known(!(flags & ~OPEN_FLAGS));
	known(!(flags & O_CREAT && flags & O_DIRECTORY));
	if (flags & O_PATH)
		flags &= PATH_FLAGS;
	r = *path ? fd_free(0) : -ENOENT;
	if (r >= 0)
		r = open_find(dir, path, flags, mode, &inode);
	if (r >= 0 && flags & O_DIRECTORY && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (r == 0 && !(flags & O_PATH))
		r = open_may(inode, flags);
	if (r == 0 && !(flags & O_PATH))
		r = lease_break(inode, flags);
	if (r < 0)
		return r;
	f = file_new(S_ISDIR(inode->mode) ? &folder_kind :
	    S_ISCHR(inode->mode) ? &null_kind : &plain_kind, inode,
	    (flags & ~ONCE_FLAGS) | (flags & O_PATH ? 0 : LARGE), NULL);
	if (!(flags & O_PATH) && inode->fs == FS_PROC && S_ISREG(inode->mode))
		f->data = procfs_content(inode);
	if (r == 0 && flags & O_TRUNC && S_ISREG(inode->mode) && !f->data)
		size_set(inode, 0);
	return fd_new(f, flags & O_CLOEXEC, 0);
}

long
k_memfd_create(const char *name, unsigned flags)
{
	struct inode *inode;

	known(!(flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING)));
	inode = inode_new(FS_ANON, S_IFREG | 0777);
	inode->entry = kalloc(sizeof(*inode->entry));
	snprintf(inode->entry->name, NAME, "/memfd:%s", name);
	return fd_new(file_new(&plain_kind, inode, O_RDWR | LARGE, NULL),
	    flags & MFD_CLOEXEC, 0);
}
