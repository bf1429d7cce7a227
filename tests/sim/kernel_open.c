/*
 * kernel_open.c: files and directories are opened, and directories read.
 *
 * The content of a file of /proc is made when it is opened; what is read later
 * is that text.
 */
#include <sys/sysmacros.h>

#include <dirent.h>

#include "tests/sim/kernel.h"

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

	if (S_ISLNK(inode->mode))
		return -ELOOP;
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
		return inode->rdev == makedev(1, 3) ? 0 : -ENXIO;
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
	long r = fd_free(0), made;

	if (flags & ~OPEN_FLAGS || (flags & O_CREAT && flags & O_DIRECTORY))
		unknown("open: flags %#o", (unsigned)flags);
	if (r < 0)
		return r;
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
