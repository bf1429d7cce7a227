/*
 * kernel_stat.c: file attributes, access, the working directory, and mappings.
 *
 * A mapping of a file is the inode's own memory.  It keeps a reference to the
 * open file, so that the file's locks last as long.
 */
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/sysmacros.h>

#include <linux/magic.h>

#include "tests/sim/kernel.h"

#define PIDFS_MAGIC 0x50494446
#define CIFS_MAGIC 0xff534d42

/* It is a file system of its own. */
#define MEMFD_DEVICE makedev(0, 21)

bool entropy, on_disk;
unsigned disk;
int statfs_refused;

const struct mount mounts[MOUNTS] = {
	{ "/mnt/fuse", "fuse.sshfs", FUSE_SUPER, false },
	{ "/mnt/nfs", "nfs4", NFS_SUPER_MAGIC, true },
	{ "/mnt/cifs", "cifs", CIFS_MAGIC, true },
	{ "/mnt/ext", "ext4", EXT4_SUPER_MAGIC, false },
};

void
mounts_make(void)
{
	char path[NAME];
	struct inode *top;

	for (const struct mount *m = mounts; m < mounts + MOUNTS; m++) {
		snprintf(path, sizeof(path), "%s/file", m->path);
		top = file_make(path, 0600, "")->parent;
		top->mount = top->entries->inode->mount = m;
		top->mounted = true;
	}
}

static bool
is_memfd(const struct inode *inode)
{
	return inode->fs == FS_ANON && inode->entry;
}

dev_t
inode_device(const struct inode *inode)
{
	return is_memfd(inode) ? MEMFD_DEVICE : inode->mount ?
	    makedev(0, MOUNT_DEVICE + (unsigned)(inode->mount - mounts)) :
	    makedev(0, 30 + inode->fs);
}

static void
inode_stat(const struct inode *inode, struct stat *st)
{
	*st = (struct stat){
		.st_dev = inode_device(inode), .st_ino = inode->ino,
		.st_rdev = S_ISCHR(inode->mode) ? 1 << 8 | 3 : 0 /* null */,
		.st_mode = inode->mode, .st_nlink = (nlink_t)inode->nlink,
		.st_uid = inode->uid, .st_gid = inode->uid,
		.st_size = S_ISDIR(inode->mode) ?
		    20 * inode->nlink : (off_t)inode->size
	};
}

/* Find what a call is about: a path, or, for AT_EMPTY_PATH, a descriptor. */
static long
look(int dir, const char *path, int flags, struct inode **found)
{
	known(!(flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT |
	    AT_STATX_DONT_SYNC | AT_EACCESS)));
	if (*path || !(flags & AT_EMPTY_PATH))
		return path_find(dir, path, !(flags & AT_SYMLINK_NOFOLLOW), found);
	return inode_at(dir, found);
}

long
k_fstatat(int dir, const char *path, struct stat *st, int flags)
{
	struct inode *inode;
	long r = look(dir, path, flags, &inode);

	if (r == 0)
		inode_stat(inode, st);
	return r;
}

long
k_statx(int dir, const char *path, int flags, unsigned mask, struct statx *st)
{
	struct inode *inode;
	struct stat s;
	long r = look(dir, path, flags, &inode);

	(void)mask; /* returns more than was asked for, as Linux does */
	if (r < 0)
		return r;
	inode_stat(inode, &s);
	*st = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT | STATX_ATTR_AUTOMOUNT,
		.stx_attributes = inode == root_inode || inode->mounted ?
		    STATX_ATTR_MOUNT_ROOT : 0,
		.stx_nlink = (unsigned)s.st_nlink, .stx_uid = s.st_uid,
		.stx_gid = s.st_gid, .stx_mode = (unsigned short)s.st_mode,
		.stx_ino = s.st_ino, .stx_dev_major = major(s.st_dev),
		.stx_dev_minor = minor(s.st_dev)
	};
	return 0;
}

long
k_statfsat(int dir, const char *path, struct statfs *st, int flags)
{
	static const unsigned magic[] = {
		[FS_TMP] = TMPFS_MAGIC, [FS_PROC] = PROC_SUPER_MAGIC,
		[FS_PIDFD] = PIDFS_MAGIC, [FS_ANON] = ANON_INODE_FS_MAGIC,
		[FS_SOCK] = SOCKFS_MAGIC, [FS_NS] = NSFS_MAGIC,
		[FS_PIPE] = PIPEFS_MAGIC
	};
	struct inode *inode;
	long r = look(dir, path, flags, &inode);

	if (r < 0 || statfs_refused)
		return statfs_refused ? -statfs_refused : r;
	*st = (struct statfs){ .f_bsize = PAGE, .f_frsize = PAGE,
		.f_type = is_memfd(inode) ? TMPFS_MAGIC : inode->mount ?
		    inode->mount->magic : on_disk && inode->fs == FS_TMP ? disk :
		    magic[inode->fs],
		.f_namelen = NAME - 1 };
	return 0;
}

long
k_readlinkat(int dir, const char *path, char *buf, size_t n)
{
	char text[PATH_MAX];
	struct inode *link;
	long r = n ? look(dir, path, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW, &link) :
	    -EINVAL;

	if (r < 0)
		return r;
	if (!link || !S_ISLNK(link->mode))
		return *path ? -EINVAL : -ENOENT;
	r = link->fs == FS_TMP ? snprintf(text, sizeof(text), "%s", link->data) :
	    procfs_link(link, text);
	if (r > (long)n)
		r = (long)n;
	if (r > 0)
		memcpy(buf, text, (size_t)r);
	return r;
}

long
k_faccessat(int dir, const char *path, int mode, int flags)
{
	struct inode *inode;
	long r = look(dir, path, flags, &inode);

	return r < 0 || !mode ? r : inode_may(inode, mode);
}

static long
inode_chmod(struct inode *inode, mode_t mode)
{
	if (now->uid && now->uid != inode->uid)
		return -EPERM;
	inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	dir_notify(inode->parent, DN_ATTRIB);
	if (S_ISDIR(inode->mode))
		dir_notify(inode, DN_ATTRIB);
	return 0;
}

long
file_fchmod(struct file *f, mode_t mode)
{
	return inode_chmod(f->inode, mode);
}

long
k_fchmodat(int dir, const char *path, mode_t mode, int flags)
{
	struct inode *inode;
	long r = path_find(dir, path, true, &inode);

	known(!flags);
	return r < 0 ? r : inode_chmod(inode, mode);
}

long
k_getrandom(void *buf, size_t n, unsigned flags)
{
	unsigned char *at = buf;

	known(flags == GRND_NONBLOCK && n <= 256);
	/* The system has just started. */
	if (!entropy)
		return -EAGAIN;
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)sim_random(256);
	return (long)n;
}

long
k_umask(mode_t mask)
{
	mode_t old = now->umask;

	now->umask = mask & 0777;
	return (long)old;
}

long
k_chdirat(int dir, const char *path, int flags)
{
	struct inode *inode;
	long r = look(dir, path, flags, &inode);

	if (r == 0)
		r = S_ISDIR(inode->mode) ? inode_may(inode, X_OK) : -ENOTDIR;
	if (r == 0)
		now->cwd = inode;
	return r;
}

long
k_getcwd(char *buf, size_t cap)
{
	if (inode_dead(now->cwd))
		return -ENOENT;
	inode_path(now->cwd, buf, cap);
	return (long)strlen(buf) + 1;
}

long
k_mmap(void *at, size_t n, int prot, int flags, int fd, off_t from)
{
	struct file *f = flags & MAP_ANONYMOUS ? NULL : fd_find(fd);
	int access = f ? f->flags & O_ACCMODE : O_RDWR;
	struct mapping *m;

	known(!at && !from);
	known(!(flags & ~(MAP_SHARED | MAP_PRIVATE | MAP_ANONYMOUS)));
	if (!f && !(flags & MAP_ANONYMOUS))
		return -EBADF;
	if (access == O_WRONLY ||
	    (flags & MAP_SHARED && prot & PROT_WRITE && access != O_RDWR))
		return -EACCES;
	known(f ? f->kind == &plain_kind && !f->data : flags & MAP_SHARED);
	known(flags & MAP_SHARED || !(prot & PROT_WRITE));
	n = (n + PAGE - 1) & ~(size_t)(PAGE - 1);
	m = kalloc(sizeof(*m));
	*m = (struct mapping){ .len = n, .file = f, .prot = prot,
		.shared = flags & MAP_SHARED, .next = now->mappings };
	if (f) {
		f->refs++;
		inode_room(f->inode, n);
		f->inode->pinned = true;
	}
	m->at = f ? f->inode->data : pages_new(n);
	now->mappings = m;
	return (long)m->at;
}

long
k_munmap(void *at, size_t n)
{
	struct mapping **m = &now->mappings, *gone;

	n = (n + PAGE - 1) & ~(size_t)(PAGE - 1);
	while (*m && ((*m)->at != at || (*m)->len != n))
		m = &(*m)->next;
	known(*m);
	gone = *m;
	*m = gone->next;
	if (gone->file)
		file_put(gone->file);
	return 0;
}

void
mappings_copy(struct proc *to, const struct proc *from)
{
	struct mapping *new;

	for (const struct mapping *m = from->mappings; m; m = m->next) {
		new = kalloc(sizeof(*new));
		*new = *m;
		if (new->file)
			new->file->refs++;
		new->next = to->mappings;
		to->mappings = new;
	}
}

void
mappings_drop(struct proc *p)
{
	struct mapping *m = p->mappings;

	p->mappings = NULL;
	for (; m; m = m->next)
		if (m->file)
			file_put(m->file);
}
