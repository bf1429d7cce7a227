/*
 * kernel_file.c: files are opened, read and written; descriptors.
 *
 * The content of a file of /proc is made when it is opened; what is read later
 * is that text.
 */
#include <dirent.h>

#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

/* The text that a file of /proc had when it was opened: its data. */
struct snapshot {
	char *text;
	size_t len;
};

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
	return (int)now->limits[RLIMIT_NOFILE].rlim_cur;
}

long
fd_new(struct file *f, bool cloexec, int fd)
{
	while (fd < fd_limit() && now->fds->file[fd])
		fd++;
	if (fd >= fd_limit()) {
		file_put(f);
		return -EMFILE;
	}
	now->fds->file[fd] = f;
	now->fds->cloexec[fd] = cloexec;
	return fd;
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

/* Make room for n bytes of content. */
static void
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

static void
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
}, null_kind = {
	.name = "null", .read = null_read, .write = null_write
};
static const struct file_kind folder_kind = {
	.name = "folder", .read = folder_read
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

/* Whether it is a file, in which there are places; not: as fd_use. */
static long
place_may(const struct file *f, int not)
{
	if (f->kind != &plain_kind)
		unknown("a place in %s", f->kind->name);
	return (f->flags & O_ACCMODE) == not ? -EBADF : 0;
}

long
file_pread(struct file *f, void *buf, size_t n, off_t at)
{
	long r = place_may(f, O_WRONLY);

	return r < 0 ? r : file_read(f, buf, n, at);
}

long
file_pwrite(struct file *f, const void *buf, size_t n, off_t at)
{
	long r = place_may(f, O_RDONLY);

	return r < 0 ? r : file_write(f, buf, n, f->flags & O_APPEND ?
	    (long long)f->inode->size : at);
}

long
file_lseek(struct file *f, off_t at, int whence)
{
	if ((f->kind != &plain_kind && f->kind != &folder_kind) ||
	    whence > SEEK_CUR)
		unknown("lseek of %s, whence %d", f->kind->name, whence);
	if (whence == SEEK_CUR)
		at += f->pos;
	return at < 0 ? -EINVAL : (f->pos = at);
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
	if ((size_t)(at + n) > f->inode->size)
		size_set(f->inode, (size_t)(at + n));
	return 0;
}

/* A directory's position is the number of entries, removed ones too, that were
 * read, "." and ".." first. */
static bool
folder_entry(struct inode *dir, long long at, char *name, struct inode **to)
{
	struct entry *e = dir->entries;

	*to = dir;
	if (at < 2) {
		strcpy(name, at ? ".." : ".");
		if (at)
			*to = dir->parent;
		return true;
	}
	if (dir->kind && dir->kind->list) {
		if (!dir->kind->list(dir, (int)at - 2, name))
			return false;
		*to = *name ? dir->kind->lookup(dir, name) : NULL;
		return true;
	}
	for (at -= 2; e && at; at--)
		e = e->next;
	if (!e)
		return false;
	strcpy(name, e->name);
	*to = e->inode;
	return true;
}

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
	for (; folder_entry(f->inode, f->pos, name, &to); f->pos++) {
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
	/* What is made later is not seen, until who reads begins again. */
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
	if (w.inode)
		return 0;
	if (!(flags & O_CREAT))
		return -ENOENT;
	r = w.slash ? -EISDIR : may_create(&w);
	if (r < 0)
		return r;
	*inode = inode_put(w.dir, w.last,
	    inode_new(FS_TMP, S_IFREG | (mode & 07777 & ~now->umask)));
	dir_notify(w.dir, DN_CREATE);
	return 1;
}

/* Whether the process may open it so. */
static long
open_may(const struct inode *inode, int flags)
{
	int how = (flags & O_ACCMODE) == O_RDONLY ? R_OK :
	    (flags & O_ACCMODE) == O_WRONLY ? W_OK : R_OK | W_OK;

	if (flags & O_TRUNC)
		how |= W_OK;
	if (S_ISDIR(inode->mode) && how & W_OK)
		return -EISDIR;
	return inode_may(inode, how);
}

static long
open_kind(struct inode *inode, const struct file_kind **kind, void **data)
{
	struct snapshot *s;
	long n = 0;

	*kind = S_ISDIR(inode->mode) ? &folder_kind : &plain_kind;
	if (S_ISSOCK(inode->mode))
		return -ENXIO;
	if (S_ISCHR(inode->mode)) {
		*kind = &null_kind;
		return 0;
	}
	if (!S_ISDIR(inode->mode) && !S_ISREG(inode->mode))
		unknown("open: mode %o", inode->mode);
	if (inode->kind && inode->kind->content) {
		*data = s = kalloc(sizeof(*s));
		n = inode->kind->content(inode, &s->text);
		s->len = n < 0 ? 0 : (size_t)n;
	}
	return n < 0 ? n : 0;
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
	const struct file_kind *kind = &path_kind;
	struct inode *inode = NULL;
	void *data = NULL;
	long r, made;

	if (flags & ~OPEN_FLAGS || (flags & O_CREAT && flags & O_DIRECTORY))
		unknown("open: flags %#o", (unsigned)flags);
	if (flags & O_PATH)
		flags &= PATH_FLAGS;
	r = made = open_find(dir, path, flags, mode, &inode);
	if (r >= 0 && flags & O_DIRECTORY && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (r == 0 && !(flags & O_PATH))
		r = open_may(inode, flags);
	if (r >= 0 && !(flags & O_PATH))
		r = open_kind(inode, &kind, &data);
	if (r >= 0 && !made && flags & O_TRUNC && S_ISREG(inode->mode) && !data)
		size_set(inode, 0);
	if (r < 0)
		return r;
	return fd_new(file_new(kind, inode, (flags & ~ONCE_FLAGS) |
	    (flags & O_PATH ? 0 : LARGE), data), flags & O_CLOEXEC, 0);
}

enum { CLOEXEC = 1, ALLOW_SEALING = 2 }; /* MFD_* */

long
k_memfd_create(const char *name, unsigned flags)
{
	struct inode *inode;

	if (flags & ~(unsigned)(CLOEXEC | ALLOW_SEALING))
		unknown("memfd_create: flags %#x", flags);
	inode = inode_new(FS_ANON, S_IFREG | 0777);
	inode->entries = kalloc(sizeof(*inode->entries));
	snprintf(inode->entries->name, NAME, "/memfd:%s", name);
	return fd_new(file_new(&plain_kind, inode, O_RDWR | LARGE, NULL),
	    flags & CLOEXEC, 0);
}
