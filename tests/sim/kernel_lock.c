/*
 * kernel_lock.c: flock, fcntl, and locks.
 *
 * Both kinds of lock belong to an open file, and end with its last descriptor
 * or mapping.  Who waits for one looks again after each change of the file's
 * locks.
 */
#include <sys/sysmacros.h>

#include "tests/sim/kernel.h"

struct lock {
	struct file *file;
	pid_t pid;   /* flock: who took it; otherwise -1 */
	short type;  /* F_RDLCK, F_WRLCK, F_UNLCK */
	bool flock;
	off_t len;   /* otherwise: 1, the first byte; 0, all of the file */
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
	    (l->type == F_RDLCK && want->type == F_RDLCK)))
		l = l->next;
	return l;
}

/* Take a lock instead of the one that the open file has.  If that is a flock of
 * the other type, it is lost first, and for good. */
static long
lock_set(const struct lock *want, bool wait)
{
	const void *chan = want->file->inode;
	struct lock **at = &locks, *l;
	long r = 0;

	while (*at && ((*at)->file != want->file || (*at)->flock != want->flock))
		at = &(*at)->next;
	if (*at && (*at)->len != want->len)
		unknown("a lock of a part, and of the whole");
	if (*at && want->flock) {
		if ((*at)->type == want->type)
			return 0;
		lock_remove(at);
	}
	while (r == 0 && lock_against(want))
		r = wait ? block(&chan, 1, NEVER) : -EAGAIN;
	if (r < 0)
		return r;
	for (at = &locks; *at; ) {
		if ((*at)->file == want->file && (*at)->flock == want->flock)
			lock_remove(at);
		else
			at = &(*at)->next;
	}
	if (want->type == F_UNLCK)
		return 0;
	*at = l = kalloc(sizeof(*l));
	*l = *want;
	return 0;
}

bool
flock_has(const struct file *f)
{
	const struct lock *l = locks;

	while (l && (l->file != f || !l->flock))
		l = l->next;
	return l;
}

char *
locks_text(void)
{
	static char text[65536];
	size_t n = 0;
	int number = 0;

	for (const struct lock *l = locks; l && n < sizeof(text) / 2; l = l->next) {
		dev_t dev = fs_device(l->file->inode->fs);

		n += (size_t)sprintf(text + n, "%d: %s ADVISORY  %s %d %02x:%02x:"
		    "%lu 0 %s\n", ++number, l->flock ? "FLOCK " : "OFDLCK",
		    l->type == F_WRLCK ? "WRITE" : "READ ", l->pid, major(dev),
		    minor(dev), l->file->inode->ino, l->len ? "0" : "EOF");
	}
	text[n] = '\0';
	return kstrdup(text);
}

long
file_flock(struct file *f, int how)
{
	int kind = how & ~LOCK_NB;
	struct lock want = { .file = f, .flock = true, .pid = now->pid,
		.type = kind == LOCK_SH ? F_RDLCK : kind == LOCK_EX ? F_WRLCK :
		F_UNLCK };

	if ((kind != LOCK_SH && kind != LOCK_EX && kind != LOCK_UN))
		unknown("flock of %s, %d", f->kind->name, how);
	return lock_set(&want, !(how & LOCK_NB));
}

/* Locks of a part other than the first byte are not there. */
static long
range_call(struct file *f, int command, struct flock *fl)
{
	int access = f->flags & O_ACCMODE;
	struct lock want = { .file = f, .pid = -1, .type = fl->l_type,
		.len = fl->l_len };
	const struct lock *l;

	if (fl->l_whence != SEEK_SET || fl->l_start ||
	    fl->l_pid || fl->l_len < 0 || fl->l_len > 1)
		unknown("a lock of %s, from %ld, %ld", f->kind->name,
		    (long)fl->l_start, (long)fl->l_len);
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

	if (!S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	w = watch_of(f);
	if (!(mask & (int)DN_MULTISHOT))
		unknown("F_NOTIFY for once");
	w->mask |= mask;
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
		signal_send(p, info.si_signo, &info);
	}
}

/* What is not for an O_PATH file. */
static long
file_control(struct file *f, int fd, int command, long arg)
{
	switch (command) {
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return range_call(f, command, (struct flock *)arg);
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
		if (arg < 0 || arg >= fd_limit())
			return -EINVAL;
		f->refs++;
		return fd_new(f, command == F_DUPFD_CLOEXEC, (int)arg);
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
