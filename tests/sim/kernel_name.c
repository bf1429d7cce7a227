/*
 * kernel_name.c: the calls that make, change and remove names.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

/* Whether the name can be removed: a directory, or another file. */
static long
may_remove(const struct walk *w, bool directory)
{
	const struct inode *dir = w->dir;
	long r = may_create(w);

	if (r < 0)
		return r;
	if (dir->mode & S_ISVTX && now->uid && now->uid != dir->uid &&
	    now->uid != w->inode->uid)
		return -EPERM;
	if (S_ISDIR(w->inode->mode) == directory)
		return 0;
	return directory ? -ENOTDIR : -EISDIR;
}

static bool
is_empty(const struct inode *dir)
{
	const struct entry *e = dir->entries;

	while (e && !e->inode)
		e = e->next;
	return !e;
}

long
k_unlinkat(int dir, const char *path, int flags)
{
	bool directory = flags & AT_REMOVEDIR;
	struct walk w;
	long r = path_walk(dir, path, PARENT, &w);

	if (flags & ~AT_REMOVEDIR)
		unknown("unlinkat: flags %#x", (unsigned)flags);
	if (r == 0 && !is_name(&w)) {
		if (!directory)
			return -EISDIR;
		return !*w.last ? -EBUSY : w.last[1] ? -ENOTEMPTY : -EINVAL;
	}
	if (r == 0 && !w.inode)
		r = -ENOENT;
	if (r == 0 && w.slash && !S_ISDIR(w.inode->mode))
		r = -ENOTDIR;
	if (r == 0)
		r = may_remove(&w, directory);
	if (r == 0 && directory && !is_empty(w.inode))
		r = -ENOTEMPTY;
	if (r < 0)
		return r;
	world_unlinks(w.dir, w.last);
	entry_remove(w.dir, entry_find(w.dir, w.last));
	dir_notify(w.dir, DN_DELETE);
	return 0;
}

/* Make a name, which is not there yet.  0 and *made, or -errno. */
static long
name_make(int dirfd, const char *path, mode_t mode, struct inode **made)
{
	struct walk w;
	long r = path_walk(dirfd, path, PARENT, &w);

	if (r == 0 && (w.inode || !is_name(&w)))
		r = -EEXIST;
	if (r == 0)
		r = w.slash && !S_ISDIR(mode) ? -ENOENT : may_create(&w);
	if (r < 0)
		return r;
	*made = inode_put(w.dir, w.last, inode_new(FS_TMP, mode));
	dir_notify(w.dir, DN_CREATE);
	return 0;
}

long
k_mkdirat(int dir, const char *path, mode_t mode)
{
	struct inode *made;

	return name_make(dir, path, S_IFDIR | (mode & 01777 & ~now->umask), &made);
}

long
path_bind(const char *path, struct sock *s)
{
	struct inode *made;
	long r = name_make(AT_FDCWD, path, S_IFSOCK | (0777 & ~now->umask), &made);

	if (r == 0)
		made->bound = s;
	return r == -EEXIST ? -EADDRINUSE : r;
}

static bool
is_above(const struct inode *dir, const struct inode *of)
{
	while (of != dir && of != root_inode)
		of = of->parent;
	return of == dir;
}

/* Whether what `from` names can be moved to `to`.  0, -errno. */
static long
may_rename(const struct walk *from, const struct walk *to)
{
	bool directory = S_ISDIR(from->inode->mode);
	long r;

	if ((from->slash || to->slash) && !directory)
		return -ENOTDIR;
	if (directory && is_above(from->inode, to->dir))
		return -EINVAL;
	if (to->inode && S_ISDIR(to->inode->mode) && is_above(to->inode, from->dir))
		return -ENOTEMPTY;
	if (from->inode == to->inode)
		return 0;
	r = may_remove(from, directory);
	if (r == 0)
		r = to->inode ? may_remove(to, directory) : may_create(to);
	if (r == 0 && directory && from->dir != to->dir)
		r = inode_may(from->inode, W_OK);
	if (r == 0 && directory && to->inode && !is_empty(to->inode))
		r = -ENOTEMPTY;
	return r;
}

long
k_renameat2(int dir, const char *path, int todir, const char *name, unsigned flags)
{
	struct walk from, to;
	long r = path_walk(dir, path, PARENT, &from);
	struct inode *inode = from.inode;
	struct entry *e;

	if (flags & ~(unsigned)RENAME_NOREPLACE)
		unknown("renameat2: flags %#x", flags);
	if (r == 0)
		r = path_walk(todir, name, PARENT, &to);
	if (r == 0 && !is_name(&from))
		r = -EBUSY;
	if (r == 0 && !is_name(&to))
		r = flags ? -EEXIST : -EBUSY;
	if (r == 0 && !inode)
		r = -ENOENT;
	if (r == 0 && to.inode && flags)
		r = -EEXIST;
	if (r == 0)
		r = may_rename(&from, &to);
	if (r < 0 || inode == to.inode)
		return r;
	if (to.inode)
		entry_remove(to.dir, entry_find(to.dir, to.last));
	e = entry_find(from.dir, from.last);
	e->inode = NULL;
	if (S_ISDIR(inode->mode))
		from.dir->nlink--;
	else
		inode->nlink--;
	inode_put(to.dir, to.last, inode);
	dir_notify(from.dir, DN_RENAME | DN_DELETE);
	dir_notify(to.dir, DN_CREATE);
	return 0;
}

long
k_readlinkat(int dir, const char *path, char *buf, size_t n)
{
	char text[PATH_MAX];
	struct inode *link;
	struct file *f = *path ? NULL : fd_any(dir); /* O_PATH, of a link */
	long r = !n ? -EINVAL : f ? 0 : !*path && dir != AT_FDCWD ? -EBADF :
	    path_find(dir, path, false, &link);

	if (r < 0)
		return r;
	if (f)
		link = f->inode;
	if (!link || !S_ISLNK(link->mode))
		return f ? -ENOENT : -EINVAL;
	r = link->kind->text(link, text);
	if (r > (long)n)
		r = (long)n;
	if (r > 0)
		memcpy(buf, text, (size_t)r);
	return r;
}

