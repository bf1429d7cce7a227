/*
 * kernel_tree.c: the tree of files, and the way along a path.
 *
 * A name that is removed stays in its directory without an inode, so that who
 * reads the directory goes on at the right place.  An inode that loses its last
 * name keeps that entry, for its old path; it lives on while somebody has it.
 */
#include <sys/sysmacros.h>

#include "tests/sim/kernel.h"

enum { LOOPS = 40 };

struct inode *root_inode;

static unsigned long last_ino;

struct inode *
inode_new(enum fs fs, mode_t mode)
{
	struct inode *inode = kalloc(sizeof(*inode));

	inode->fs = fs;
	inode->ino = ++last_ino;
	inode->mode = mode;
	if (now) {
		inode->uid = now->uid;
		inode->gid = now->gid;
	}
	inode->nlink = S_ISDIR(mode) ? 2 : fs == FS_TMP || fs == FS_ANON ? 0 : 1;
	return inode;
}

struct inode *
inode_put(struct inode *dir, const char *name, struct inode *inode)
{
	struct entry *e = kalloc(sizeof(*e)), **at = &dir->entries;

	snprintf(e->name, sizeof(e->name), "%s", name);
	e->inode = inode;
	while (*at)
		at = &(*at)->next;
	*at = e;
	if (S_ISDIR(inode->mode))
		dir->nlink++;
	else
		inode->nlink++;
	inode->parent = dir;
	return inode;
}

bool
inode_dead(const struct inode *dir)
{
	return dir->fs == FS_TMP && !dir->nlink;
}

struct entry *
entry_find(const struct inode *dir, const char *name)
{
	struct entry *e = inode_dead(dir) ? NULL : dir->entries;

	while (e && (!e->inode || strcmp(e->name, name)))
		e = e->next;
	return e;
}

static struct inode *
child_find(struct inode *dir, const char *name)
{
	struct inode *found = NULL;
	struct entry *e;

	if (!strcmp(name, "."))
		return dir;
	if (!strcmp(name, ".."))
		return dir->parent;
	if (dir->kind && dir->kind->lookup)
		found = dir->kind->lookup(dir, name);
	if (found)
		return found;
	e = entry_find(dir, name);
	return e ? e->inode : NULL;
}

void
entry_remove(struct inode *dir, struct entry *e)
{
	struct inode *inode = e->inode;

	e->inode = NULL;
	dir->nlink -= S_ISDIR(inode->mode);
	inode->nlink = 0;
	inode->entries = e;
}

void
files_begin(void)
{
	struct inode *null;

	last_ino = 0;
	root_inode = inode_new(FS_TMP, S_IFDIR | 0755);
	root_inode->parent = root_inode;
	inode_put(root_inode, "tmp", inode_new(FS_TMP, S_IFDIR | 01777));
	null = inode_new(FS_TMP, S_IFCHR | 0666);
	null->rdev = makedev(1, 3);
	inode_put(inode_put(root_inode, "dev",
	    inode_new(FS_TMP, S_IFDIR | 0755)), "null", null);
	locks_begin();
}

struct inode *
file_make(const char *path, mode_t mode, const char *content)
{
	struct inode *dir = root_inode, *next;
	char name[NAME];
	size_t n;

	for (;;) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		snprintf(name, sizeof(name), "%.*s", (int)n, path);
		path += n;
		next = child_find(dir, name);
		if (!*path)
			break;
		dir = next ? next : inode_put(dir, name,
		    inode_new(FS_TMP, S_IFDIR | 0755));
	}
	if (!next)
		next = inode_put(dir, name, inode_new(FS_TMP, S_ISDIR(mode) ?
		    mode : S_IFREG | mode));
	if (content) {
		next->size = 0;
		inode_room(next, strlen(content));
		next->size = strlen(content);
		if (next->size)
			memcpy(next->data, content, next->size);
	}
	return next;
}

/* The name that an inode has, or had, in its parent. */
static void
name_find(const struct inode *inode, char *name)
{
	struct inode *dir = inode->parent, *there;
	struct entry *e = inode_dead(inode) ? inode->entries : dir->entries;

	while (!inode_dead(inode) && e && e->inode != inode)
		e = e->next;
	if (e) {
		strcpy(name, e->name);
		return;
	}
	for (int i = 0; dir->kind && dir->kind->list &&
	    dir->kind->list(dir, i, name); i++) {
		there = dir->kind->lookup(dir, name);
		if (there && there->ino == inode->ino)
			return;
	}
	strcpy(name, "?");
}

void
inode_path(struct inode *inode, char *buf, size_t cap)
{
	bool gone = inode->fs == FS_ANON || inode_dead(inode);
	char path[PATH_MAX], name[NAME];
	size_t at = sizeof(path) - 1, n;

	path[at] = '\0';
	for (; inode->fs != FS_ANON && inode != root_inode && inode->parent;
	    inode = inode->parent) {
		name_find(inode, name);
		n = strlen(name);
		if (at < n + 1)
			unknown("a path is too long");
		at -= n;
		memcpy(path + at, name, n);
		path[--at] = '/';
	}
	snprintf(buf, cap, "%s%s%s", inode->fs == FS_ANON ?
	    inode->entries->name : "", path[at] || inode->fs == FS_ANON ?
	    path + at : "/", gone ? " (deleted)" : "");
}

long
inode_may(const struct inode *inode, int how)
{
	mode_t bits = inode->mode;

	if (!now->uid)
		return how & X_OK && !S_ISDIR(bits) && !(bits & 0111) ? -EACCES : 0;
	if (inode->uid == now->uid)
		bits >>= 6;
	else if (inode->gid == now->gid)
		bits >>= 3;
	return how & ~(int)bits & 7 ? -EACCES : 0;
}

long
link_text(struct inode *link, char *buf, size_t cap)
{
	long n = link->kind->text(link, buf, cap - 1);

	if (n < 0 || (size_t)n >= cap)
		return n < 0 ? n : -ENAMETOOLONG;
	buf[n] = '\0';
	return n;
}

/* Put a link's text before the rest of the path. */
static long
link_follow(struct inode *link, char *path, const char *rest, bool slash)
{
	char text[PATH_MAX];
	long n = link_text(link, text, sizeof(text));

	if (n <= 0)
		return n < 0 ? n : -ENOENT;
	if ((size_t)n + strlen(rest) + 2 > PATH_MAX)
		return -ENAMETOOLONG;
	if (slash)
		text[n++] = '/';
	memmove(path + n, rest, strlen(rest) + 1);
	memcpy(path, text, (size_t)n);
	return 0;
}

/* Where a walk of this path begins. */
static long
walk_begin(int dirfd, const char *path, struct walk *w)
{
	struct file *f = NULL;

	w->dir = now->cwd;
	if (*path == '/') {
		w->dir = root_inode;
	} else if (dirfd != AT_FDCWD) {
		f = fd_any(dirfd);
		if (!f)
			return -EBADF;
		w->dir = f->inode;
		if (!S_ISDIR(f->inode->mode))
			return -ENOTDIR;
	}
	w->inode = w->dir;
	return 0;
}

/* Take the next name off the path.  How long it is, with what follows it. */
static long
walk_name(struct walk *w, const char *at, const char **rest)
{
	size_t n = strcspn(at, "/");
	long r = !S_ISDIR(w->dir->mode) ? -ENOTDIR : inode_may(w->dir, X_OK);

	if (r == 0 && n >= NAME)
		r = -ENAMETOOLONG;
	if (r < 0)
		return r;
	memcpy(w->last, at, n);
	w->last[n] = '\0';
	w->slash = at[n] == '/';
	*rest = at + n + strspn(at + n, "/");
	w->inode = child_find(w->dir, w->last);
	return 0;
}

long
path_walk(int dirfd, const char *path, enum last last, struct walk *w)
{
	char all[PATH_MAX];
	const char *at = all, *rest;
	int loops = 0;
	long r;

	*w = (struct walk){ .dir = NULL };
	if (!*path || strlen(path) >= sizeof(all))
		return *path ? -ENAMETOOLONG : -ENOENT;
	r = walk_begin(dirfd, path, w);
	if (r < 0)
		return r;
	strcpy(all, path);
	for (;; at = rest, w->dir = w->inode) {
		at += strspn(at, "/");
		if (!*at) {
			w->inode = w->dir;
			return 0;
		}
		r = walk_name(w, at, &rest);
		if (r < 0)
			return r;
		while (w->inode && S_ISLNK(w->inode->mode) && (*rest ||
		    last == FOLLOW || (last == STAY && w->slash))) {
			if (++loops > LOOPS)
				return -ELOOP;
			if (w->inode->kind && w->inode->kind->target) {
				w->inode = w->inode->kind->target(w->inode);
				*w->last = '\0';
				if (!w->inode)
					return -ENOENT;
				continue;
			}
			r = link_follow(w->inode, all, rest, w->slash);
			if (r < 0)
				return r;
			rest = all;
			w->inode = *all == '/' ? root_inode : w->dir;
			*w->last = '\0';
			w->slash = false;
		}
		if (rest == all)
			continue;
		if (!w->inode && *rest)
			return -ENOENT;
		if (!*rest)
			return last != PARENT && w->inode && w->slash &&
			    !S_ISDIR(w->inode->mode) ? -ENOTDIR : 0;
	}
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

long
may_create(const struct walk *w)
{
	if (inode_dead(w->dir))
		return -ENOENT;
	if (w->dir->fs != FS_TMP)
		return -EACCES;
	return inode_may(w->dir, W_OK | X_OK);
}
