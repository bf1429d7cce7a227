/*
 * kernel_tree.c: the tree of files, path lookup, and the calls that make,
 * change and remove names.
 *
 * A name that is removed stays in its directory without an inode, so that a
 * reader of the directory continues at the right place.  An inode that loses
 * its only name keeps that entry, for its old path; it lives on while it is
 * open.
 */
#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

struct inode *root_inode;

static unsigned long last_ino;

struct inode *
inode_new(enum fs fs, mode_t mode)
{
	struct inode *inode = kalloc(sizeof(*inode));

	inode->fs = fs;
	inode->ino = ++last_ino;
	inode->mode = mode;
	inode->uid = now ? now->uid : 0;
	inode->nlink = S_ISDIR(mode) ? 2 : fs == FS_TMP || fs == FS_ANON ? 0 : 1;
	return inode;
}

struct inode *
inode_put(struct inode *dir, const char *name, struct inode *inode)
{
	struct entry **at = &dir->entries;

	/* Its place is free if it was removed. */
	while (*at && ((*at)->inode || strcmp((*at)->name, name)))
		at = &(*at)->next;
	if (!*at) {
		*at = kalloc(sizeof(**at));
		snprintf((*at)->name, NAME, "%s", name);
	}
	(*at)->inode = inode;
	inode->entry = *at;
	inode->mount = dir->mount;
	if (S_ISDIR(inode->mode))
		dir->nlink++;
	else
		inode->nlink++;
	inode->parent = dir;
	return inode;
}

struct inode *
folder_make(struct inode *dir, const char *name, mode_t mode, uid_t uid)
{
	struct inode *i = inode_put(dir, name, inode_new(FS_TMP, S_IFDIR | mode));

	i->uid = uid;
	return i;
}

bool
inode_dead(const struct inode *dir)
{
	return dir->fs == FS_TMP && !dir->nlink;
}

struct inode *
child_find(struct inode *dir, const char *name)
{
	const struct entry *e = inode_dead(dir) ? NULL : dir->entries;

	if (!strcmp(name, "."))
		return dir;
	if (!strcmp(name, ".."))
		return dir->parent;
	if (dir->fs == FS_PROC)
		return procfs_lookup(dir, name);
	while (e && (!e->inode || strcmp(e->name, name)))
		e = e->next;
	return e ? e->inode : NULL;
}

/* Take its only name away. */
static void
name_take(struct inode *inode)
{
	if (S_ISDIR(inode->mode))
		inode->parent->nlink--;
	else
		inode->nlink--;
	inode->entry->inode = NULL;
}

void
files_begin(void)
{
	last_ino = 0;
	locks_all = NULL;
	watched_all = NULL;
	socks_all = NULL;
	root_inode = inode_new(FS_TMP, S_IFDIR | 0755);
	root_inode->parent = root_inode;
	inode_put(root_inode, "tmp", inode_new(FS_TMP, S_IFDIR | 01777));
	file_make("/dev/null", 0666, "")->mode = S_IFCHR | 0666;
}

struct inode *
file_make(const char *path, mode_t mode, const char *content)
{
	struct inode *at = root_inode, *next;
	char name[NAME];
	size_t n;

	for (; *path; at = next) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		path += n;
		next = child_find(at, name);
		if (!next)
			next = inode_put(at, name, inode_new(FS_TMP, *path ?
			    S_IFDIR | 0755 : S_IFREG | mode));
	}
	at->data = kstrdup(content);
	at->size = strlen(content);
	return at;
}

bool
name_at(const struct inode *dir, int i, char *name)
{
	const struct entry *e = dir->entries;

	strcpy(name, i == 0 ? "." : i == 1 ? ".." : "");
	if (*name)
		return true;
	if (dir->fs == FS_PROC)
		return procfs_list(dir, i - 2, name);
	for (; e && i > 2; i--)
		e = e->next;
	if (e && e->inode)
		strcpy(name, e->name);
	return e;
}

/* The name that an inode has, or had, in its parent. */
static void
name_find(const struct inode *inode, char *name)
{
	struct inode *dir = inode->parent;

	if (inode->entry) {
		strcpy(name, inode->entry->name);
		return;
	}
	for (int i = 2; name_at(dir, i, name); i++) {
		if (*name && child_find(dir, name) == inode)
			return;
	}
	strcpy(name, "?"); /* it has ended */
}

void
inode_path(struct inode *inode, char *buf, size_t cap)
{
	bool gone = inode_dead(inode);
	char path[PATH_MAX], name[NAME];
	size_t at = sizeof(path) - 1, n;

	if (inode->fs == FS_ANON) {
		snprintf(buf, cap, "%s (deleted)", inode->entry->name);
		return;
	}
	path[at] = '\0';
	for (; inode != root_inode && inode->parent; inode = inode->parent) {
		name_find(inode, name);
		n = strlen(name);
		known(at > n);
		at -= n + 1;
		path[at] = '/';
		memcpy(path + at + 1, name, n);
	}
	snprintf(buf, cap, "%s%s", path[at] ? path + at : "/",
	    gone ? " (deleted)" : "");
}

long
inode_may(const struct inode *inode, int how)
{
	mode_t bits = inode->mode;

	if (!now->uid)
		return how & X_OK && !S_ISDIR(bits) && !(bits & 0111) ? -EACCES : 0;
	if (inode->uid == now->uid)
		bits >>= 6;
	return how & ~(int)bits & 7 ? -EACCES : 0;
}

long
inode_at(int fd, struct inode **found)
{
	struct file *f = fd == AT_FDCWD ? NULL : fd_any(fd);

	if (!f && fd != AT_FDCWD)
		return -EBADF;
	*found = f ? f->inode : now->cwd;
	return 0;
}

struct inode *
link_make(const char *path, const char *target)
{
	struct inode *link = file_make(path, 0, target);

	link->mode = S_IFLNK | 0777;
	return link;
}

static long walk_on(struct inode *from, const char *path, enum last last, int links,
    struct walk *w);

/* Go where a link in the folder leads, after so many others.  0, -errno. */
static long
link_follow(const struct inode *link, struct inode *dir, int links, struct walk *w)
{
	enum { LINKS = 40 };
	struct walk to;
	long r = 0;

	if (link->fs != FS_TMP)
		w->inode = procfs_target(link);
	else if ((r = links < LINKS ? walk_on(dir, link->data, FOLLOW, links + 1,
	    &to) : -ELOOP) == 0)
		w->inode = to.inode;
	*w->last = '\0';
	return r < 0 || w->inode ? r : -ENOENT;
}

/* As path_walk, from a folder. */
static long
walk_on(struct inode *from, const char *path, enum last last, int links,
    struct walk *w)
{
	const char *rest = path + strspn(path, "/");
	struct inode *start = *path == '/' ? root_inode : from;
	long r = 0;
	size_t n;

	*w = (struct walk){ .inode = start, .dir = start };
	while (r == 0 && *rest) {
		n = strcspn(rest, "/");
		known(n < NAME);
		w->dir = w->inode;
		r = S_ISDIR(w->dir->mode) ? inode_may(w->dir, X_OK) : -ENOTDIR;
		if (r < 0)
			return r;
		sprintf(w->last, "%.*s", (int)n, rest);
		w->slash = rest[n] == '/';
		rest += n + strspn(rest + n, "/");
		w->inode = child_find(w->dir, w->last);
		while (r == 0 && w->inode && S_ISLNK(w->inode->mode) && (*rest ||
		    last == FOLLOW || (last == STAY && w->slash)))
			r = link_follow(w->inode, w->dir, links, w);
		if (r == 0 && !w->inode && *rest)
			r = -ENOENT;
	}
	return r < 0 ? r : last != PARENT && w->inode && w->slash &&
	    !S_ISDIR(w->inode->mode) ? -ENOTDIR : 0;
}

long
path_walk(int dirfd, const char *path, enum last last, struct walk *w)
{
	struct inode *from = root_inode;
	long r = !*path ? -ENOENT : *path == '/' ? 0 : inode_at(dirfd, &from);

	*w = (struct walk){ .inode = from, .dir = from };
	return r < 0 ? r : walk_on(from, path, last, 0, w);
}

long
path_find(int dirfd, const char *path, bool follow, struct inode **found)
{
	struct walk w;
	long r = path_walk(dirfd, path, follow ? FOLLOW : STAY, &w);

	*found = w.inode;
	return r < 0 ? r : w.inode ? 0 : -ENOENT;
}

bool
is_name(const struct walk *w)
{
	return *w->last && strcmp(w->last, ".") && strcmp(w->last, "..");
}

/* 0, or why the process that runs cannot make a name there. */
static long
may_create(const struct walk *w)
{
	if (inode_dead(w->dir))
		return -ENOENT;
	if (w->dir->fs != FS_TMP)
		return -EACCES;
	return inode_may(w->dir, W_OK | X_OK);
}

/* Whether the name can be removed: a directory, or another file. */
static long
may_remove(const struct walk *w, bool directory)
{
	long r = may_create(w);

	if (r < 0)
		return r;
	if (S_ISDIR(w->inode->mode) == directory)
		return 0;
	return directory ? -ENOTDIR : -EISDIR;
}

bool
dir_empty(const struct inode *dir)
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

	known(!(flags & ~AT_REMOVEDIR));
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
	if (r == 0 && directory && !dir_empty(w.inode))
		r = -ENOTEMPTY;
	if (r < 0)
		return r;
	world_unlinks(w.dir, w.last);
	name_take(w.inode);
	w.inode->nlink = 0;
	dir_notify(w.dir, DN_DELETE);
	return 0;
}

long
name_make(int dirfd, const char *path, mode_t mode, struct inode **made)
{
	struct walk w;
	long r = path_walk(dirfd, path, PARENT, &w);

	if (r == 0 && (w.inode || !is_name(&w)))
		r = -EEXIST;
	if (r == 0)
		r = w.slash && !S_ISDIR(mode) ? -ENOENT : may_create(&w);
	if (r == 0)
		r = world_fault(MAKE_NAME);
	if (r < 0)
		return r;
	*made = inode_put(w.dir, w.last, inode_new(FS_TMP, mode & ~now->umask));
	dir_notify(w.dir, DN_CREATE);
	return 0;
}

long
k_mkdirat(int dir, const char *path, mode_t mode)
{
	struct inode *made;

	return name_make(dir, path, S_IFDIR | (mode & 01777), &made);
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
	if (r == 0 && directory && to->inode && !dir_empty(to->inode))
		r = -ENOTEMPTY;
	return r;
}

long
k_renameat2(int dir, const char *path, int todir, const char *name, unsigned flags)
{
	struct walk from, to;
	long r = path_walk(dir, path, PARENT, &from);
	struct inode *inode = from.inode;

	known(!(flags & ~(unsigned)RENAME_NOREPLACE));
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
	if (to.inode) {
		name_take(to.inode);
		to.inode->nlink = 0;
	}
	name_take(inode);
	inode_put(to.dir, to.last, inode);
	dir_notify(from.dir, DN_RENAME | DN_DELETE);
	dir_notify(to.dir, DN_CREATE);
	return 0;
}
