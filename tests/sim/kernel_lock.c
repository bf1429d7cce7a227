/*
 * kernel_lock.c: flock, fcntl, and locks.
 *
 * Both kinds of lock belong to an open file, and end with its last descriptor
 * or mapping.  Who waits for one looks again after each change of the file's
 * locks.
 */
#include <sys/file.h>
#include <sys/sysmacros.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/kernel.h"
#include "tests/sim/kernel_file.h"

struct lock {
	struct file *file;
	long long start, end; /* LLONG_MAX: to the end of the file */
	pid_t pid;            /* flock: who took it; otherwise -1 */
	short type;           /* F_RDLCK, F_WRLCK, F_UNLCK */
	bool flock;
	struct lock *next;
};

/* Who is told of changes in a directory, and how (F_SETSIG, F_NOTIFY). */
struct watch {
	struct file *file;
	int sig;            /* 0: SIGIO */
	int mask;           /* DN_*; 0: nothing */
	pid_t pid;
	unsigned long proc; /* its number: a pid may be used again */
	int fd;
	struct watch *next;
};

static struct lock *locks; /* in the order of taking */
static struct watch *watches;

void
locks_begin(void)
{
	locks = NULL;
	watches = NULL;
}

static struct lock *
lock_add(const struct lock *lock)
{
	struct lock *new = kalloc(sizeof(*new)), **at = &locks;
	bool own, seen = false;

	/* Ranges of an open file stay together, in their order. */
	for (; *at; at = &(*at)->next) {
		own = (*at)->file == lock->file && !(*at)->flock &&
		    !lock->flock;
		if (own ? (*at)->start > lock->start : seen)
			break;
		seen |= own;
	}
	*new = *lock;
	new->next = *at;
	*at = new;
	return new;
}

static void
lock_remove(struct lock **at)
{
	wake((*at)->file->inode);
	*at = (*at)->next;
}

void
locks_drop(struct file *f)
{
	struct lock **at = &locks;

	while (*at) {
		if ((*at)->file == f)
			lock_remove(at);
		else
			at = &(*at)->next;
	}
}

/* The first lock of another open file that excludes this one. */
static struct lock *
lock_against(const struct lock *want)
{
	struct lock *l = locks;

	while (l && (want->type == F_UNLCK || l->file == want->file ||
	    l->file->inode != want->file->inode || l->flock != want->flock ||
	    (l->type == F_RDLCK && want->type == F_RDLCK) ||
	    l->start > want->end || l->end < want->start))
		l = l->next;
	return l;
}

/* Wait until nothing excludes it.  0, -EAGAIN, or as block. */
static long
lock_wait(const struct lock *want, bool wait)
{
	const void *chan = want->file->inode;
	long r = 0;

	while (r == 0 && lock_against(want))
		r = wait ? block(&chan, 1, NEVER) : -EAGAIN;
	return r;
}

bool
flock_has(const struct file *f)
{
	const struct lock *l = locks;

	while (l && (l->file != f || !l->flock))
		l = l->next;
	return l;
}

long
k_flock(int fd, int how)
{
	struct file *f = fd_find(fd);
	struct lock want = { .file = f, .end = LLONG_MAX, .flock = true,
		.pid = now->pid }, **at = &locks;
	long r;

	switch (how & ~LOCK_NB) {
	case LOCK_SH:
		want.type = F_RDLCK;
		break;
	case LOCK_EX:
		want.type = F_WRLCK;
		break;
	case LOCK_UN:
		want.type = F_UNLCK;
		break;
	default:
		return -EINVAL;
	}
	if (!f)
		return -EBADF;
	if (!f->inode)
		unknown("flock of %s", f->kind->name);
	while (*at && ((*at)->file != f || !(*at)->flock))
		at = &(*at)->next;
	if (*at && (*at)->type == want.type)
		return 0;
	/* A lock of the other type is lost first, and for good. */
	if (*at)
		lock_remove(at);
	r = lock_wait(&want, !(how & LOCK_NB));
	if (r == 0 && want.type != F_UNLCK)
		lock_add(&want);
	return r;
}

/* The range and type that fcntl is given.  0, -EINVAL. */
static long
range_read(struct file *f, const struct flock *fl, struct lock *want)
{
	*want = (struct lock){ .file = f, .start = fl->l_start, .pid = -1,
		.end = fl->l_len ? fl->l_start + fl->l_len - 1 : LLONG_MAX,
		.type = fl->l_type };
	if (fl->l_whence != SEEK_SET || fl->l_len < 0)
		unknown("fcntl: l_whence %d, l_len %lld", fl->l_whence,
		    (long long)fl->l_len);
	return fl->l_pid || fl->l_start < 0 || (fl->l_type != F_RDLCK &&
	    fl->l_type != F_WRLCK && fl->l_type != F_UNLCK) ? -EINVAL : 0;
}

/* The first lock that the open file itself has in this range. */
static const struct lock *
lock_own(const struct lock *want)
{
	const struct lock *l = locks;

	while (l && (l->file != want->file || l->flock ||
	    l->start > want->end || l->end < want->start))
		l = l->next;
	return l;
}

static long
range_get(struct file *f, struct flock *fl)
{
	const struct lock *l;
	struct lock want;
	long r = range_read(f, fl, &want);

	if (r < 0)
		return r;
	l = want.type == F_UNLCK ? lock_own(&want) : lock_against(&want);
	if (!l) {
		fl->l_type = F_UNLCK;
		return 0;
	}
	fl->l_type = l->type;
	fl->l_start = l->start;
	fl->l_len = l->end == LLONG_MAX ? 0 : l->end - l->start + 1;
	fl->l_pid = l->pid;
	return 0;
}

/* Take this range out of what the open file has locked; the same type is united
 * with it. */
static void
range_clear(struct lock *want)
{
	struct lock **at = &locks, *l, tail;

	while ((l = *at)) {
		bool same = l->type == want->type;
		long long near = same ? 1 : 0;

		if (l->file != want->file || l->flock ||
		    l->start - near > want->end ||
		    (l->end != LLONG_MAX && l->end + near < want->start)) {
			at = &l->next;
			continue;
		}
		if (same) {
			if (l->start < want->start)
				want->start = l->start;
			if (l->end > want->end)
				want->end = l->end;
			lock_remove(at);
			continue;
		}
		tail = *l;
		if (l->end > want->end) {
			tail.start = want->end + 1;
			lock_add(&tail);
		}
		if (l->start < want->start) {
			l->end = want->start - 1;
			wake(l->file->inode);
			at = &l->next;
		} else {
			lock_remove(at);
		}
	}
}

static long
range_set(struct file *f, const struct flock *fl, bool wait)
{
	int access = f->flags & O_ACCMODE;
	struct lock want;
	long r = range_read(f, fl, &want);

	if (r < 0)
		return r;
	if ((want.type == F_RDLCK && access == O_WRONLY) ||
	    (want.type == F_WRLCK && access == O_RDONLY))
		return -EBADF;
	r = lock_wait(&want, wait);
	if (r < 0)
		return r;
	range_clear(&want);
	if (want.type != F_UNLCK)
		lock_add(&want);
	return 0;
}

/* The type of a lock of the open file may have gone down: who waits looks
 * again. */
static long
range_call(struct file *f, int command, struct flock *fl)
{
	long r;

	if (!f->inode)
		unknown("a lock of %s", f->kind->name);
	if (command == F_OFD_GETLK)
		return range_get(f, fl);
	r = range_set(f, fl, command == F_OFD_SETLKW);
	if (r == 0)
		wake(f->inode);
	return r;
}

long
locks_text(char **text)
{
	enum { LINE = 100 };
	size_t n = 0, len = 0;
	const struct lock *l;
	char end[24];
	int i = 0;

	for (l = locks; l; l = l->next)
		n++;
	*text = kalloc(n * LINE + 1);
	for (l = locks; l; l = l->next) {
		dev_t dev = fs_device(l->file->inode->fs);

		snprintf(end, sizeof(end), "%lld", l->end);
		len += (size_t)snprintf(*text + len, LINE, "%d: %s ADVISORY "
		    " %s %d %02x:%02x:%lu %lld %s\n", ++i,
		    l->flock ? "FLOCK " : "OFDLCK",
		    l->type == F_WRLCK ? "WRITE" : "READ", l->pid, major(dev),
		    minor(dev), l->file->inode->ino, l->start,
		    l->end == LLONG_MAX ? "EOF" : end);
	}
	return (long)len;
}

/*
 * News of a directory.
 */

static struct watch *
watch_of(struct file *f)
{
	struct watch *w = watches;

	while (w && w->file != f)
		w = w->next;
	if (w)
		return w;
	w = kalloc(sizeof(*w));
	w->file = f;
	w->next = watches;
	return watches = w;
}

static long
watch_set(struct file *f, int fd, int mask)
{
	struct watch *w;

	if (!f->inode || !S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	w = watch_of(f);
	if (!(mask & ~(int)DN_MULTISHOT))
		mask = 0;
	w->mask = mask ? w->mask | mask : 0;
	w->pid = now->pid;
	w->proc = now->ino;
	w->fd = fd;
	return 0;
}

void
dir_notify(const struct inode *dir, int what)
{
	siginfo_t info;
	struct proc *p;

	for (struct watch *w = watches; w; w = w->next) {
		if (!(w->mask & what) || w->file->inode != dir)
			continue;
		/* The process, or its descriptor, may have gone. */
		p = proc_find_pid(w->pid);
		if (!p || p->ino != w->proc || !p->fds ||
		    p->fds->file[w->fd] != w->file)
			continue;
		memset(&info, 0, sizeof(info));
		info.si_signo = w->sig ? w->sig : SIGIO;
		info.si_code = POLL_MSG;
		info.si_band = POLLIN | POLLRDNORM | POLLMSG;
		info.si_fd = w->fd;
		if (!(w->mask & (int)DN_MULTISHOT))
			w->mask = 0;
		signal_send(p, info.si_signo, &info);
	}
}

/*
 * fcntl.
 */

static long
seals_add(struct file *f, int seals)
{
	if (seals & ~(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW))
		unknown("fcntl: seals %#x", (unsigned)seals);
	if (!f->inode || f->inode->fs != FS_ANON)
		return -EINVAL;
	if ((f->flags & O_ACCMODE) == O_RDONLY || f->inode->seals & F_SEAL_SEAL)
		return -EPERM;
	f->inode->seals |= seals;
	return 0;
}

static long
fd_copy(struct file *f, int command, long least)
{
	if (least < 0 || least >= fd_limit())
		return -EINVAL;
	f->refs++;
	return fd_new(f, command == F_DUPFD_CLOEXEC, (int)least);
}

/* What is not for an O_PATH file. */
static long
file_control(struct file *f, int fd, int command, long arg)
{
	const int set = O_APPEND | O_NONBLOCK;

	switch (command) {
	case F_SETFL:
		f->flags = (f->flags & ~set) | ((int)arg & set);
		return 0;
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return range_call(f, command, (struct flock *)arg);
	case F_ADD_SEALS:
		return seals_add(f, (int)arg);
	case F_SETSIG:
		if (arg < 0 || arg >= SIGNALS)
			return -EINVAL;
		watch_of(f)->sig = (int)arg;
		return 0;
	case F_NOTIFY:
		return watch_set(f, fd, (int)arg);
	default:
		unknown("fcntl: command %d", command);
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
		return fd_copy(f, command, arg);
	case F_GETFD:
		return now->fds->cloexec[fd] ? FD_CLOEXEC : 0;
	case F_SETFD:
		now->fds->cloexec[fd] = arg & FD_CLOEXEC;
		return 0;
	case F_GETFL:
		return f->flags;
	default:
		return f->flags & O_PATH ? -EBADF :
		    file_control(f, fd, command, arg);
	}
}
