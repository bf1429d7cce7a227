/*
 * kernel_lock.c: flock, fcntl, and locks.
 *
 * Both kinds of lock belong to an open file, and end with its last descriptor
 * or mapping.  A waiting process looks again after each change of the file's
 * locks.  A lease is for one who wants to know first that others open the file.
 */
#include <sys/sysmacros.h>

#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

struct lock {
	struct file *file;
	pid_t pid;   /* flock: the process that took it; otherwise -1 */
	short type;  /* F_RDLCK, F_WRLCK, F_UNLCK */
	bool flock;
	off_t len;   /* otherwise: 1, the first byte; 0, all of the file */
	bool lease;  /* it is one; its pid and type as of a flock */
	short left;  /* what is left of it when it has been broken */
	long long until; /* when that ends; 0: nobody breaks it */
	struct lock *next;
};

struct lock *locks_all;   /* in the order of taking */
struct file *watched_all; /* directories (F_NOTIFY) */

static void
lock_remove(struct lock **at)
{
	wake((*at)->file->inode);
	*at = (*at)->next;
}

/* A server has one kind of lock. */
static bool
is_remote(const struct inode *inode)
{
	return inode->mount && inode->mount->remote;
}

/* The first lock of another open file that excludes this one; or, on a server, of the
 * other kind. */
static struct lock *
lock_against(const struct lock *want)
{
	struct lock *l = locks_all;

	while (l && (want->type == F_UNLCK || l->lease ||
	    l->file->inode != want->file->inode || (l->flock == want->flock ?
	    l->file == want->file : !is_remote(want->file->inode)) ||
	    (l->type == F_RDLCK && want->type == F_RDLCK)))
		l = l->next;
	return l;
}

/* The place of the lock of this kind that an open file has. */
static struct lock **
lock_of(const struct file *f, bool flock)
{
	struct lock **at = &locks_all;

	while (*at && ((*at)->file != f || (*at)->flock != flock || (*at)->lease))
		at = &(*at)->next;
	return at;
}

/* Take a lock instead of the one that the open file has.  If that is a flock of
 * the other type, it is lost first, and for good. */
static long
lock_set(const struct lock *want, bool wait)
{
	const void *chan = want->file->inode;
	struct lock **at = lock_of(want->file, want->flock), *l;
	long r = 0;

	known(!*at || (*at)->len == want->len);
	if (*at && want->flock) {
		if ((*at)->type == want->type)
			return 0;
		lock_remove(at);
	}
	for (; lock_against(want); r = block(&chan, 1, NEVER)) {
		if (r < 0 || !wait)
			return r < 0 ? r : -EAGAIN;
	}
	at = lock_of(want->file, want->flock);
	if (*at)
		lock_remove(at);
	if (want->type == F_UNLCK)
		return 0;
	l = kalloc(sizeof(*l));
	*l = *want;
	while (*at)
		at = &(*at)->next;
	*at = l;
	return 0;
}

bool flock_has(const struct file *f) { return *lock_of(f, true); }

void
locks_drop(struct file *f)
{
	for (struct lock **at = &locks_all; *at;) {
		if ((*at)->file == f)
			lock_remove(at);
		else
			at = &(*at)->next;
	}
}

void
put_locks(const struct proc *none)
{
	int number = 0;
	dev_t dev;

	(void)none;
	for (const struct lock *l = locks_all; l; l = l->next) {
		if (l->pid > 0 && !pid_shown(l->pid))
			continue;
		dev = inode_device(l->file->inode);
		if (l->lease) {
			put("%d: LEASE  %s %s %d %02x:%02x:%lu 0 EOF\n", ++number,
			    l->until ? "BREAKING " : "ACTIVE   ", l->until ?
			    l->left == F_RDLCK ? "READ " : "UNLCK" :
			    l->type == F_WRLCK ? "WRITE" : "READ ", l->pid,
			    major(dev), minor(dev), l->file->inode->ino);
			continue;
		}
		put("%d: %s ADVISORY  %s %d %02x:%02x:%lu 0 %s\n", ++number,
		    l->flock ? "FLOCK " : "OFDLCK",
		    l->type == F_WRLCK ? "WRITE" : "READ ", l->pid, major(dev),
		    minor(dev), l->file->inode->ino, l->len ? "0" : "EOF");
	}
}

/* fcntl(2), of a file that no other process has open. */
static long
lease_set(struct file *f, short type)
{
	struct lock **at = &locks_all, *l;

	known(S_ISREG(f->inode->mode) && type == (f->flags & O_ACCMODE ? F_WRLCK :
	    F_RDLCK));
	while (*at)
		at = &(*at)->next;
	l = kalloc(sizeof(*l));
	*l = (struct lock){ .file = f, .pid = now->pid, .type = type,
		.lease = true };
	*at = l;
	return 0;
}

/* The lease that such an open has to wait for; NULL: none. */
static struct lock **
lease_against(const struct inode *inode, bool writes)
{
	struct lock **at = &locks_all;

	while (*at && (!(*at)->lease || (*at)->file->inode != inode ||
	    ((*at)->type == F_RDLCK && !writes)))
		at = &(*at)->next;
	return *at ? at : NULL;
}

long
lease_break(struct inode *inode, int flags)
{
	enum { BREAK_TIME = 45 }; /* /proc/sys/fs/lease-break-time */
	bool writes = flags & (O_ACCMODE | O_TRUNC);
	const void *chan = inode;
	struct lock **at, *l;
	long r = 0;

	while (r == 0 && (at = lease_against(inode, writes))) {
		l = *at;
		if (!l->until) {
			l->left = writes ? F_UNLCK : F_RDLCK;
			l->until = sim_clock + BREAK_TIME * SECOND;
			signal_send(proc_find_pid(l->pid), SIGIO, NULL);
		}
		if (l->until <= sim_clock)
			lock_remove(at);
		else
			r = flags & O_NONBLOCK ? -EWOULDBLOCK :
			    block(&chan, 1, l->until);
	}
	return r;
}

long
file_flock(struct file *f, int how)
{
	struct lock want = { .file = f, .flock = true, .pid = now->pid,
		.type = how & LOCK_SH ? F_RDLCK : how & LOCK_EX ? F_WRLCK :
		F_UNLCK };

	known(how & (LOCK_SH | LOCK_EX | LOCK_UN));
	return lock_set(&want, !(how & LOCK_NB));
}

/* Only locks of the first byte exist. */
static long
range_call(struct file *f, int command, struct flock *fl)
{
	int access = f->flags & O_ACCMODE;
	struct lock want = { .file = f, .pid = -1, .type = fl->l_type,
		.len = fl->l_len };
	const struct lock *l;

	known(fl->l_whence == SEEK_SET && !fl->l_start && !fl->l_pid);
	known(fl->l_len == 0 || fl->l_len == 1);
	if (command == F_OFD_GETLK) {
		l = lock_against(&want);
		fl->l_type = l ? l->type : F_UNLCK;
		fl->l_len = l ? l->len : fl->l_len;
		fl->l_pid = l ? l->pid : 0;
		return 0;
	}
	if ((want.type == F_RDLCK && access == O_WRONLY) ||
	    (want.type == F_WRLCK && access == O_RDONLY))
		return -EBADF;
	return lock_set(&want, command == F_OFD_SETLKW);
}

static long
watch_set(struct file *f, int fd, int mask)
{
	known(S_ISDIR(f->inode->mode) && mask & (int)DN_MULTISHOT);
	if (!f->watch) { /* reports the first one, whichever process asks
	                  * later */
		f->watcher = now;
		f->watch_fd = fd;
		f->watched_next = watched_all;
		watched_all = f;
	}
	f->watch |= mask;
	return 0;
}

void
dir_notify(const struct inode *dir, int what)
{
	siginfo_t info = { .si_code = POLL_MSG };

	info.si_band = POLLIN | POLLRDNORM | POLLMSG;
	for (struct file *f = watched_all; f; f = f->watched_next) {
		/* The process, or its descriptor, may have gone. */
		if (!(f->watch & what) || f->inode != dir ||
		    f->watcher->fds->file[f->watch_fd] != f)
			continue;
		info.si_fd = f->watch_fd;
		signal_send(f->watcher, f->sig ? f->sig : SIGIO, &info);
	}
}

long
k_fcntl(int fd, int command, long arg)
{
	struct file *f = fd_any(fd);

	if (!f)
		return -EBADF;
	switch (command) {
	case F_DUPFD:
	case F_DUPFD_CLOEXEC:
		if (arg < 0 || arg >= fd_limit())
			return -EINVAL;
		return fd_copy(f, command == F_DUPFD_CLOEXEC, (int)arg);
	case F_GETFD:
		return now->fds->cloexec[fd] ? FD_CLOEXEC : 0;
	case F_SETFD:
		now->fds->cloexec[fd] = arg & FD_CLOEXEC;
		return 0;
	case F_GETFL:
		return f->flags;
	}
	if (f->flags & O_PATH)
		return -EBADF;
	switch (command) {
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return world_fault(" locks-range ") ? -ENOMEM :
		    range_call(f, command, (struct flock *)arg);
	case F_SETFL:
		f->flags = (f->flags & ~(O_APPEND | O_NONBLOCK)) |
		    ((int)arg & (O_APPEND | O_NONBLOCK));
		return 0;
	case F_SETSIG:
		f->sig = (int)arg;
		return 0;
	case F_SETLEASE:
		return lease_set(f, (short)arg);
	case F_NOTIFY:
		return watch_set(f, fd, (int)arg);
	}
	unknown("fcntl: command %d", command);
}
