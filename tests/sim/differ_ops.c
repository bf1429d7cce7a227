/*
 * differ_ops.c: what an actor can be told to do.
 *
 * An operation makes its calls through a table, so that the same code asks the
 * real kernel and the simulated one, and says all that it learns.  Where a call
 * could block, it looks first.  What differs from run to run is said in brackets,
 * <i:NUMBER>, and numbered by the driver in the order of appearance: i an inode, k
 * one of a socket or pipe, v a device, p a process; F a descriptor, which the driver remembers.
 */
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/differ.h"

enum { BYTES = 70000, SHOWN = 12, NAMES = 64 };

static const char *const paths[] = { "a", "b", "c", "d", "d/a", "d/e", "d/e/b",
	"l", "s0", ".", "d/..", "a/", "d/e/", "", "no/a", "l/a", "d/s1", "..", "d/.",
	"a/b", "e", "e/a" };

static char bytes[BYTES];

static void say(struct actor *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static void
say(struct actor *c, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(c->out + c->len, ANSWER - c->len, fmt, ap);
	va_end(ap);
	if (n > 0)
		c->len += (size_t)n;
	if (c->len >= ANSWER)
		c->len = ANSWER - 1;
}

/* Say a result.  Whether the call succeeded. */
static bool
told(struct actor *c, long r)
{
	if (r < 0)
		say(c, " %s", strerrorname_np((int)-r));
	else
		say(c, " %ld", r);
	return r >= 0;
}

static void
say_bytes(struct actor *c, const char *p, long n)
{
	unsigned sum = 0;

	for (long i = 0; i < n; i++)
		sum = sum * 31 + (unsigned char)p[i];
	say(c, " \"");
	for (long i = 0; i < n && i < SHOWN; i++)
		say(c, p[i] > ' ' && p[i] < 127 ? "%c" : "\\%03o",
		    (unsigned char)p[i]);
	say(c, n > SHOWN ? "\"...%08x" : "\"", sum);
}

static unsigned long
inode_token(dev_t dev, unsigned long ino)
{
	return (unsigned long)dev << 40 ^ ino;
}

/* A new descriptor, and what is there: f, d, s, p, or `kind`
 * (of sockets, n: listens; c: connected; u: one of a pair). */
static bool
got(struct actor *c, long fd, char kind)
{
	struct stat st = { 0 };

	if (fd < 0)
		return told(c, fd);
	if (!kind && c->k->fstat((int)fd, &st) == 0)
		kind = S_ISREG(st.st_mode) ? 'f' :
		    S_ISDIR(st.st_mode)    ? 'd' :
		    S_ISSOCK(st.st_mode)   ? 's' :
		    S_ISFIFO(st.st_mode)   ? 'p' :
						     'x';
	say(c, " <F:%c%ld>", kind, fd);
	return true;
}

const char *
op_path(long i)
{
	return paths[(unsigned long)i % (sizeof(paths) / sizeof(*paths))];
}

static pid_t
pid(long i)
{
	return differ_pids[i % ACTORS];
}

static char *
letters(long seed, long n)
{
	for (long i = 0; i < n; i++)
		bytes[i] = (char)('a' + (seed + i) % 26);
	return bytes;
}

static short
ready(struct actor *c, int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return c->k->poll(&p, 1, 0) == 1 ? p.revents : 0;
}

/* Whether a call on fd cannot block; said if it could. */
static bool
quick(struct actor *c, int fd, short events)
{
	long flags = c->k->fcntl(fd, F_GETFL, 0);

	if (flags < 0 || flags & O_NONBLOCK || ready(c, fd, events))
		return true;
	say(c, " would block");
	return false;
}

/* Of what type a descriptor is: S_IFMT's; 0. */
static mode_t
type_of(struct actor *c, int fd)
{
	struct stat st;

	return c->k->fstat(fd, &st) < 0 ? 0 : st.st_mode & S_IFMT;
}

#define OP(name) \
	static void name(struct actor *c, const long *a __attribute__((unused)))
#define FD ((int)a[0])

/*
 * Files.
 */

OP(op_open)
{
	long fd = c->k->openat(FD, op_path(a[1]), (int)a[2] | O_NONBLOCK,
	    (mode_t)a[3]);

	got(c, fd, a[2] & O_PATH ? 'o' : 0);
}

OP(op_open_proc)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", FD);
	if (type_of(c, FD) != S_IFREG && type_of(c, FD) != S_IFDIR)
		return;
	got(c, c->k->openat(AT_FDCWD, name, (int)a[1] | O_NONBLOCK, 0600), 0);
}

OP(op_link_proc)
{
	char name[64], to[PATH_MAX] = "";
	char *at;
	long n;

	snprintf(name, sizeof(name), "/proc/%d/fd/%ld", pid(a[1]), a[0]);
	n = c->k->readlink(name, to, sizeof(to) - 1);
	if (n < 0) {
		told(c, n);
		return;
	}
	at = strstr(to, ":[");
	if (at && at[2] >= '0' && at[2] <= '9')
		say(c, " %.*s<k:%ld>", (int)(at - to), to, atol(at + 2));
	else
		say(c, " %s", to);
}

OP(op_stat_proc)
{
	char name[64], text[1024] = "", *at, state;
	long n, fd;
	int ppid, group, session;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid(a[0]));
	fd = c->k->openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0) {
		told(c, fd);
		return;
	}
	n = c->k->read((int)fd, text, sizeof(text) - 1);
	c->k->close((int)fd);
	at = n > 0 ? strrchr(text, ')') : NULL;
	if (!at || sscanf(at, ") %c %d %d %d", &state, &ppid, &group,
		       &session) != 4)
		say(c, " %ld?", n);
	else
		/* Each actor is asleep, or running while it asks. */
		say(c, " %c <p:%d> <p:%d> <p:%d>",
		    state == 'R' || state == 'D' ? 'S' : state, ppid, group,
		    session);
}

OP(op_read)
{
	long n;

	if (!quick(c, FD, POLLIN))
		return;
	n = c->k->read(FD, bytes, (size_t)a[1]);
	if (n == (long)sizeof(struct signalfd_siginfo) * (n / 128) && n &&
	    bytes[1] == '\0') {
		for (long i = 0; i < n; i += 128) {
			struct signalfd_siginfo s;

			memcpy(&s, bytes + i, sizeof(s));
			say(c, " signal %u code %d <p:%u> %u status %d",
			    s.ssi_signo, s.ssi_code, s.ssi_pid, s.ssi_uid,
			    s.ssi_status);
		}
	} else if (told(c, n)) {
		say_bytes(c, bytes, n);
	}
}

OP(op_pread)
{
	long n;

	if (type_of(c, FD) != S_IFREG)
		return;
	n = c->k->pread(FD, bytes, (size_t)a[1], a[2]);
	if (told(c, n))
		say_bytes(c, bytes, n);
}

OP(op_write)
{
	if (quick(c, FD, POLLOUT))
		told(c, c->k->write(FD, letters(a[2], a[1]), (size_t)a[1]));
}

OP(op_pwrite)
{
	if (type_of(c, FD) == S_IFREG)
		told(c, c->k->pwrite(FD, letters(a[3], a[1]),
		    (size_t)a[1], a[2]));
}

OP(op_lseek)
{
	mode_t type = type_of(c, FD);

	/* Places in a folder mean nothing, but the first. */
	if (type == S_IFREG)
		told(c, c->k->lseek(FD, a[1], (int)a[2]));
	else if (type == S_IFDIR)
		told(c, c->k->lseek(FD, 0, SEEK_SET));
}

OP(op_ftruncate)
{
	if (type_of(c, FD) == S_IFREG)
		told(c, c->k->ftruncate(FD, a[1]));
}

OP(op_fallocate)
{
	if (type_of(c, FD) == S_IFREG)
		told(c, c->k->fallocate(FD, 0, a[1], a[2]));
}

OP(op_fsync)
{
	told(c, c->k->fsync(FD));
}

OP(op_memfd)
{
	got(c, c->k->memfd_create("m", (unsigned)a[0]), 'f');
}

OP(op_link)
{
	told(c, c->k->link(op_path(a[0]), op_path(a[1])));
}

OP(op_rename)
{
	told(c, c->k->renameat(FD, op_path(a[1]), (int)a[2], op_path(a[3])));
}

OP(op_renameat2)
{
	told(c, c->k->renameat2(FD, op_path(a[1]), (int)a[2], op_path(a[3]),
	    (unsigned)a[4]));
}

OP(op_unlink)
{
	told(c, c->k->unlinkat(FD, op_path(a[1]), 0));
}

OP(op_rmdir)
{
	told(c, c->k->unlinkat(FD, op_path(a[1]), AT_REMOVEDIR));
}

OP(op_mkdir)
{
	told(c, c->k->mkdirat(FD, op_path(a[1]), (mode_t)a[2]));
}

OP(op_symlink)
{
	const char *text = op_path(a[0]);

	/* A slash at its end is seen only by those that create. */
	if (*text && text[strlen(text) - 1] != '/')
		told(c, c->k->symlink(text, op_path(a[1])));
}

OP(op_readlink)
{
	char buf[64];
	long n = c->k->readlinkat(FD, op_path(a[1]), buf, (size_t)a[2]);

	if (told(c, n))
		say_bytes(c, buf, n);
}

static void
say_stat(struct actor *c, long r, const struct stat *st)
{
	if (!told(c, r))
		return;
	if (!S_ISFIFO(st->st_mode))
		say(c, " <v:%lu>", (unsigned long)st->st_dev);
	say(c, " <i:%lu> mode %o", inode_token(st->st_dev, st->st_ino), st->st_mode);
	if (st->st_mode & S_IFMT)
		say(c, " nlink %lu", (unsigned long)st->st_nlink);
	say(c, " of %u %u", st->st_uid, st->st_gid);
	if (S_ISREG(st->st_mode) || S_ISLNK(st->st_mode))
		say(c, " size %ld", (long)st->st_size);
}

OP(op_stat)
{
	struct stat st;
	long r = c->k->fstatat(FD, op_path(a[1]), &st, (int)a[2]);

	say_stat(c, r, &st);
}

OP(op_fstat)
{
	struct stat st;
	long r = c->k->fstat(FD, &st);

	say_stat(c, r, &st);
}

OP(op_statx)
{
	struct statx st;
	long r = c->k->statx(FD, op_path(a[1]), (int)a[2], STATX_BASIC_STATS,
	    &st);

	if (told(c, r))
		say(c, " <i:%lu> %o %u",
		    inode_token(makedev(st.stx_dev_major, st.stx_dev_minor),
		    st.stx_ino), st.stx_mode, st.stx_nlink);
}

OP(op_statfs)
{
	struct statfs st;
	long r = c->k->fstatfs(FD, &st);

	if (told(c, r) && type_of(c, FD) != S_IFIFO)
		say(c, " %lx", (unsigned long)st.f_type);
}

OP(op_access)
{
	told(c, c->k->faccessat(FD, op_path(a[1]), (int)a[2], 0));
}

OP(op_umask)
{
	told(c, c->k->umask((mode_t)a[0]));
}

OP(op_fchmod)
{
	told(c, c->k->fchmod(FD, (mode_t)a[1]));
}

OP(op_fchmodat)
{
	told(c, c->k->fchmodat(FD, op_path(a[1]), (mode_t)a[2], 0));
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((const char *)a, (const char *)b);
}

/* The names of an open folder from where it is, sorted; the type and
 * the inode behind a slash.  -errno, or how many. */
static long
names_read(struct actor *c, int fd, char names[NAMES][NAME], bool once)
{
	long n, count = 0;
	char *buf = bytes;
	struct dirent64 *d;
	struct stat st = { 0 };

	c->k->fstat(fd, &st);
	while ((n = c->k->getdents64(fd, buf, 4096)) > 0) {
		for (long at = 0; at < n; at += d->d_reclen) {
			d = (struct dirent64 *)(buf + at);
			snprintf(names[count], NAME, "%.200s/%d<i:%lu>",
			    d->d_name, d->d_type,
			    inode_token(st.st_dev, d->d_ino));
			if (count < NAMES - 1)
				count++;
		}
		if (once)
			break;
	}
	qsort(names, (size_t)count, sizeof(*names), by_name);
	return n < 0 ? n : count;
}

OP(op_getdents)
{
	static char names[NAMES][NAME];
	long n = names_read(c, FD, names, a[1]);

	if (!told(c, n))
		return;
	for (long i = 0; i < n; i++)
		say(c, " %s", names[i]);
}

OP(op_chdir)
{
	told(c, c->k->chdir(op_path(a[0])));
}

OP(op_fchdir)
{
	told(c, c->k->fchdir(FD));
}

OP(op_getcwd)
{
	char buf[PATH_MAX];
	long n = c->k->getcwd(buf, sizeof(buf));

	if (n < 0)
		told(c, n);
	else
		say(c, " %s", buf);
}

/*
 * Descriptors.
 */

OP(op_close)
{
	told(c, c->k->close(FD));
	say(c, " <F:-%d>", FD);
}

OP(op_close_range)
{
	told(c, c->k->close_range((unsigned)a[0], (unsigned)(a[0] + a[1]),
	    (int)a[2]));
}

OP(op_dup)
{
	got(c, c->k->dup(FD), 0);
}

OP(op_dup2)
{
	got(c, c->k->dup2(FD, (int)a[1]), 0);
}

OP(op_dupfd)
{
	got(c, c->k->fcntl(FD, (int)a[1], a[2]), 0);
}

OP(op_getfd)
{
	told(c, c->k->fcntl(FD, F_GETFD, 0));
}

OP(op_setfd)
{
	told(c, c->k->fcntl(FD, F_SETFD, a[1]));
}

OP(op_getfl)
{
	long r = c->k->fcntl(FD, F_GETFL, 0);

	told(c, r < 0 ? r : r & ~0100000); /* O_LARGEFILE */
}

OP(op_setfl)
{
	told(c, c->k->fcntl(FD, F_SETFL, a[1]));
}

OP(op_inq)
{
	int left = -1;
	long r;

	if (type_of(c, FD) != S_IFSOCK)
		return;
	r = c->k->ioctl(FD, SIOCINQ, &left);
	if (told(c, r))
		say(c, " %d", left);
}

/*
 * Locks and mappings.
 */

/* Others have none, or one inode together. */
static bool
has_locks(struct actor *c, int fd)
{
	mode_t type = type_of(c, fd);

	return type == S_IFREG || type == S_IFDIR;
}

OP(op_flock)
{
	if (has_locks(c, FD))
		told(c, c->k->flock(FD, (int)a[1] | LOCK_NB));
}

OP(op_lock)
{
	struct flock l = { .l_type = (short)a[2], .l_whence = SEEK_SET,
		.l_start = a[3], .l_len = a[4] };
	long r;

	if ((a[1] == F_OFD_GETLK && a[2] == F_UNLCK) || !has_locks(c, FD))
		return;
	r = c->k->fcntl(FD, (int)a[1], (long)&l);
	if (told(c, r) && a[1] == F_OFD_GETLK)
		say(c, " %d %d %ld %ld %d", l.l_type, l.l_whence,
		    l.l_type == F_UNLCK ? 0 : (long)l.l_start,
		    l.l_type == F_UNLCK ? 0 : (long)l.l_len, l.l_pid);
}

OP(op_mmap)
{
	struct stat st;
	char **at = &c->map[a[1]];
	long r;

	if (*at || c->k->fstat(FD, &st) != 0 || !S_ISREG(st.st_mode))
		return;
	r = c->k->mmap(NULL, 1, (int)a[2], MAP_SHARED, FD, 0);
	if (r < 0 && r > -4096) {
		told(c, r);
		return;
	}
	*at = (char *)r;
	say(c, " mapped");
}

OP(op_munmap)
{
	char **at = &c->map[a[0]];

	if (*at)
		told(c, c->k->munmap(*at, 1));
	*at = NULL;
}

/*
 * Sockets and pipes.
 */

OP(op_socket)
{
	got(c, c->k->socket(AF_UNIX, (int)a[0] | SOCK_NONBLOCK, 0), 's');
}

OP(op_socketpair)
{
	int fds[2];
	long r = c->k->socketpair(AF_UNIX, (int)a[0] | SOCK_NONBLOCK, 0, fds);

	if (told(c, r))
		say(c, " <F:u%d> <F:u%d>", fds[0], fds[1]);
}

OP(op_pipe)
{
	int fds[2];
	long r = c->k->pipe2(fds, (int)a[0] | O_NONBLOCK);

	if (told(c, r))
		say(c, " <F:p%d> <F:p%d>", fds[0], fds[1]);
}

static socklen_t
address(long i, struct sockaddr_un *to)
{
	static const char *const names[] = { "s0", "d/s1", "e/s2", "a" };
	size_t n;

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (i < 4) {
		n = strlen(strcpy(to->sun_path, names[i])) + 1;
	} else {
		n = strlen(differ_tag) + 2;
		memcpy(to->sun_path + 1, differ_tag, n - 2);
		to->sun_path[n - 1] = (char)('0' + i);
	}
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

OP(op_bind)
{
	struct sockaddr_un to;
	socklen_t n = address(a[1], &to);

	told(c, c->k->bind(FD, (struct sockaddr *)&to, n));
}

OP(op_listen)
{
	if (told(c, c->k->listen(FD, (int)a[1])))
		say(c, " <F:n%d>", FD);
}

OP(op_connect)
{
	struct sockaddr_un to;
	socklen_t n = address(a[1], &to);

	long flags = c->k->fcntl(FD, F_GETFL, 0);

	if ((flags < 0 || flags & O_NONBLOCK) &&
	    told(c, c->k->connect(FD, (struct sockaddr *)&to, n)))
		say(c, " <F:c%d>", FD);
}

OP(op_accept)
{
	if (quick(c, FD, POLLIN))
		got(c, c->k->accept4(FD, NULL, NULL, (int)a[1]), 'c');
}

OP(op_send)
{
	told(c, c->k->send(FD, letters(a[2], a[1]), (size_t)a[1],
	    (int)a[3] | MSG_DONTWAIT));
}

OP(op_recv)
{
	long n = c->k->recv(FD, bytes, (size_t)a[1], (int)a[2] | MSG_DONTWAIT);

	if (told(c, n))
		say_bytes(c, bytes, n);
}

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(8 * sizeof(int)) + 64];
};

/* a: descriptor, bytes, seed, number of descriptors, which one first. */
OP(op_sendmsg)
{
	union control u = { 0 };
	struct iovec v = { letters(a[2], a[1]), (size_t)a[1] };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	struct cmsghdr *h;
	int fds[4];

	for (int i = 0; i < a[3]; i++) {
		fds[i] = (int)a[4] + i;
		if (type_of(c, fds[i]) == S_IFSOCK)
			return; /* circles need a collector of garbage */
	}
	if (a[3]) {
		m.msg_control = u.room;
		m.msg_controllen = CMSG_SPACE((size_t)a[3] * sizeof(int));
		h = CMSG_FIRSTHDR(&m);
		h->cmsg_level = SOL_SOCKET;
		h->cmsg_type = SCM_RIGHTS;
		h->cmsg_len = CMSG_LEN((size_t)a[3] * sizeof(int));
		memcpy(CMSG_DATA(h), fds, (size_t)a[3] * sizeof(int));
	}
	told(c, c->k->sendmsg(FD, &m, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static void
say_control(struct actor *c, struct msghdr *m)
{
	struct ucred cred;
	int fd;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		say(c, " control %d %lu", h->cmsg_type,
		    (unsigned long)h->cmsg_len);
		if (h->cmsg_type == SCM_CREDENTIALS) {
			memcpy(&cred, CMSG_DATA(h), sizeof(cred));
			say(c, " <p:%d> %u %u", cred.pid, cred.uid, cred.gid);
		}
		if (h->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; CMSG_LEN((i + 1) * sizeof(int)) <=
		     h->cmsg_len; i++) {
			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
			got(c, fd, 0);
		}
	}
}

/* a: descriptor, bytes, flags, room for descriptors */
OP(op_recvmsg)
{
	union control u = { 0 };
	struct iovec v = { bytes, (size_t)a[1] };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	long n;

	if (a[3]) {
		m.msg_control = u.room;
		m.msg_controllen = (size_t)a[3];
	}
	n = c->k->recvmsg(FD, &m, (int)a[2] | MSG_DONTWAIT);
	if (!told(c, n))
		return;
	say_bytes(c, bytes, n);
	say(c, " flags %x", m.msg_flags);
	say(c, " room %lu", (unsigned long)m.msg_controllen);
	say_control(c, &m);
}

OP(op_shutdown)
{
	told(c, c->k->shutdown(FD, (int)a[1]));
}

OP(op_peercred)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);
	long r = c->k->getsockopt(FD, SOL_SOCKET, SO_PEERCRED, &cred, &n);

	if (told(c, r))
		say(c, " <p:%d> %d %d %u", cred.pid, (int)cred.uid,
		    (int)cred.gid, n);
}

OP(op_peerpidfd)
{
	int fd = -1;
	socklen_t n = sizeof(fd);
	long r = c->k->getsockopt(FD, SOL_SOCKET, 77, &fd, &n);

	if (told(c, r))
		got(c, fd, 'q');
}

OP(op_poll)
{
	say(c, " %x", ready(c, FD, (short)a[1]));
}

OP(op_poll_all)
{
	struct pollfd p[24];
	long n;

	for (int i = 0; i < 24; i++)
		p[i] = (struct pollfd){ .fd = i, .events = (short)a[0] };
	n = c->k->poll(p, 24, 0);
	told(c, n);
	for (int i = 0; i < 24; i++)
		if (p[i].revents && p[i].revents != POLLNVAL)
			say(c, " %d:%x", i, p[i].revents);
}

/*
 * Signals.
 */

static void
set_of(long bits, sigset_t *set)
{
	sigemptyset(set);
	for (int sig = 1; sig < SIGNALS && sig < 64; sig++)
		if (bits >> (sig - 1) & 1)
			sigaddset(set, sig);
}

static void
say_set(struct actor *c, const sigset_t *set)
{
	for (int sig = 1; sig < SIGNALS; sig++)
		if (sig != 32 && sig != 33 && sigismember(set, sig))
			say(c, " %d", sig);
}

static void
say_info(struct actor *c, const siginfo_t *s)
{
	say(c, " signal %d code %d <p:%d> %u", s->si_signo, s->si_code,
	    s->si_pid, s->si_uid);
	if (s->si_signo == SIGCHLD && s->si_code > 0)
		say(c, " status %d", s->si_status);
}

OP(op_kill)
{
	told(c, c->k->kill(pid(a[0]), (int)a[1]));
}

OP(op_killpg)
{
	told(c, c->k->kill(-pid(a[0]), (int)a[1]));
}

OP(op_kill_own_group)
{
	told(c, c->k->kill(0, (int)a[0]));
}

OP(op_sigmask)
{
	sigset_t set, old;
	long r;

	set_of(a[1], &set);
	r = c->k->sigprocmask((int)a[0], &set, &old);
	if (told(c, r))
		say_set(c, &old);
}

OP(op_sigaction)
{
	struct sigaction to = { .sa_handler = a[1] == 0 ? SIG_DFL :
		    a[1] == 1                           ? SIG_IGN :
							  differ_handler,
		.sa_flags = (int)a[2] };
	struct sigaction old = { 0 };
	long r = c->k->sigaction((int)a[0], &to, &old);

	if (told(c, r))
		say(c, " %d %x", old.sa_handler == SIG_DFL ? 0 :
		    old.sa_handler == SIG_IGN              ? 1 :
							     2,
		    (unsigned)old.sa_flags & ~0x04000000U);
}

OP(op_sigpending)
{
	sigset_t set;
	long r = c->k->sigpending(&set);

	if (told(c, r))
		say_set(c, &set);
}

OP(op_signalfd)
{
	sigset_t set;

	set_of(a[0], &set);
	got(c, c->k->signalfd(-1, &set, (int)a[1] | SFD_NONBLOCK), 'g');
}

OP(op_sigtimedwait)
{
	sigset_t set;
	siginfo_t s;
	struct timespec zero = { 0, 0 };
	long r;

	set_of(a[0], &set);
	r = c->k->sigtimedwait(&set, &s, &zero);
	if (told(c, r))
		say_info(c, &s);
}

/*
 * Processes.
 */

OP(op_fork)
{
	long r = c->k->fork();

	if (r == 0) {
		c->child = true;
		c->me = (int)a[0];
		memset(c->handled, 0, sizeof(c->handled));
	} else if (r < 0) {
		told(c, r);
	} else {
		say(c, " <p:%ld>", r);
	}
}

OP(op_exit)
{
	c->k->exit((int)a[0]);
}

OP(op_waitpid)
{
	int status = -1;
	long who = a[0] < 0 ? a[0] : pid(a[0]);
	long r = c->k->waitpid((pid_t)who, &status, (int)a[1] | WNOHANG);

	if (r <= 0)
		told(c, r);
	else
		say(c, " <p:%ld> %x", r, (unsigned)status);
}

OP(op_waitid)
{
	siginfo_t s = { 0 };
	id_t who = a[0] == P_PID ? (id_t)pid(a[1]) :
	    a[0] == P_PIDFD      ? (id_t)a[2] :
				   0;
	long r = c->k->waitid((idtype_t)a[0], who, &s, (int)a[3] | WNOHANG);

	if (told(c, r) && s.si_pid)
		say(c, " %d %d <p:%d> %u status %d", s.si_signo, s.si_code,
		    s.si_pid, s.si_uid, s.si_status);
}

OP(op_pidfd)
{
	got(c, c->k->pidfd_open(pid(a[0]), (unsigned)a[1]), 'q');
}

OP(op_pidfd_send)
{
	told(c, c->k->pidfd_send_signal(FD, (int)a[1], NULL, 0));
}

OP(op_setsid)
{
	long r = c->k->setsid();

	if (r < 0)
		told(c, r);
	else
		say(c, " <p:%ld>", r);
}

OP(op_setpgid)
{
	told(c, c->k->setpgid(a[0] < 0 ? 0 : pid(a[0]),
	    a[1] < 0 ? 0 : pid(a[1])));
}

OP(op_getsid)
{
	long r = c->k->getsid(pid(a[0]));

	if (r < 0)
		told(c, r);
	else
		say(c, " <p:%ld>", r);
}

OP(op_getppid)
{
	say(c, " <p:%ld> <p:%ld>", c->k->getpid(), c->k->getppid());
}

OP(op_prctl)
{
	told(c, c->k->prctl((int)a[0], (unsigned long)a[1], 0));
}

/* What has come since the last time. */
OP(op_handled)
{
	for (int sig = 1; sig < SIGNALS; sig++) {
		if (c->handled[sig])
			say(c, " handled %d", sig);
		c->handled[sig] = 0;
	}
}

static void
entry_tell(struct actor *c, int dir, const char *name, int depth)
{
	static char names[8][NAMES][NAME];
	struct stat st;
	char buf[256];
	long fd = -1, n = c->k->fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW);

	say(c, "%*s%s", depth * 2, "", name);
	say_stat(c, n, &st);
	if (n < 0)
		return;
	if (S_ISLNK(st.st_mode)) {
		n = c->k->readlinkat(dir, name, buf, sizeof(buf));
	} else if (S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)) {
		fd = c->k->openat(dir, name, O_RDONLY | O_NOFOLLOW, 0);
		n = fd < 0 || S_ISDIR(st.st_mode) ? fd :
		    c->k->read((int)fd, buf, sizeof(buf));
	} else {
		n = 0;
	}
	if (n < 0)
		told(c, n);
	else if (!S_ISDIR(st.st_mode))
		say_bytes(c, buf, n);
	say(c, "\n");
	if (fd < 0)
		return;
	n = S_ISDIR(st.st_mode) ?
	    names_read(c, (int)fd, names[depth], false) : 0;
	for (long i = 0; i < n; i++) {
		*strchr(names[depth][i], '/') = '\0';
		if (names[depth][i][0] != '.')
			entry_tell(c, (int)fd, names[depth][i], depth + 1);
	}
	c->k->close((int)fd);
}

void
tree_tell(struct actor *c)
{
	entry_tell(c, AT_FDCWD, "..", 0);
}

/* In the order in which the driver draws; the letters: differ.c. */
const struct op ops[] = {
	{ "handled", "", 0, op_handled },
	{ "fork", "C", 12, op_fork },
	{ "exit", "4", 3, op_exit },
	{ "open", "Dnom", 60, op_open },
	{ "open_proc", "xr", 4, op_open_proc },
	{ "link_proc", "xt", 6, op_link_proc },
	{ "stat_proc", "t", 6, op_stat_proc },
	{ "read", "xz", 25, op_read },
	{ "pread", "Fzy", 6, op_pread },
	{ "write", "xz4", 20, op_write },
	{ "pwrite", "Fzy4", 6, op_pwrite },
	{ "lseek", "Fy3", 6, op_lseek },
	{ "ftruncate", "Fy", 6, op_ftruncate },
	{ "fallocate", "Fyy", 2, op_fallocate },
	{ "fsync", "x", 1, op_fsync },
	{ "memfd_create", "2", 2, op_memfd },
	{ "link", "nn", 8, op_link },
	{ "renameat", "DnDn", 8, op_rename },
	{ "renameat2", "DnDnR", 8, op_renameat2 },
	{ "unlinkat", "Dn", 14, op_unlink },
	{ "rmdir", "Dn", 8, op_rmdir },
	{ "mkdirat", "Dnm", 12, op_mkdir },
	{ "symlink", "nn", 8, op_symlink },
	{ "readlinkat", "Dn9", 5, op_readlink },
	{ "fstatat", "Dna", 12, op_stat },
	{ "fstat", "x", 8, op_fstat },
	{ "statx", "Dna", 2, op_statx },
	{ "fstatfs", "x", 2, op_statfs },
	{ "faccessat", "Dn8", 4, op_access },
	{ "umask", "m", 3, op_umask },
	{ "fchmod", "xm", 4, op_fchmod },
	{ "fchmodat", "Dnm", 3, op_fchmodat },
	{ "getdents64", "D2", 8, op_getdents },
	{ "chdir", "n", 3, op_chdir },
	{ "fchdir", "D", 3, op_fchdir },
	{ "getcwd", "", 4, op_getcwd },
	{ "close", "x", 30, op_close },
	{ "close_range", "94_", 2, op_close_range },
	{ "dup", "x", 5, op_dup },
	{ "dup2", "xe", 5, op_dup2 },
	{ "dupfd", "xue", 5, op_dupfd },
	{ "getfd", "x", 4, op_getfd },
	{ "setfd", "x2", 3, op_setfd },
	{ "getfl", "x", 4, op_getfl },
	{ "setfl", "xl", 2, op_setfl },
	{ "inq", "S", 4, op_inq },
	{ "flock", "Fk", 20, op_flock },
	{ "lock", "Fjw55", 30, op_lock },
	{ "mmap", "F4P", 8, op_mmap },
	{ "munmap", "4", 3, op_munmap },
	{ "socket", "V", 20, op_socket },
	{ "socketpair", "T", 8, op_socketpair },
	{ "pipe2", "O", 5, op_pipe },
	{ "bind", "LA", 20, op_bind },
	{ "listen", "Lb", 20, op_listen },
	{ "connect", "LA", 30, op_connect },
	{ "accept4", "Nf", 20, op_accept },
	{ "send", "Sz4g", 20, op_send },
	{ "recv", "Szh", 20, op_recv },
	{ "sendmsg", "Sz43x", 20, op_sendmsg },
	{ "recvmsg", "SzHi", 25, op_recvmsg },
	{ "shutdown", "Sv", 6, op_shutdown },
	{ "peercred", "S", 5, op_peercred },
	{ "peerpidfd", "S", 4, op_peerpidfd },
	{ "poll", "xE", 20, op_poll },
	{ "poll_all", "E", 20, op_poll_all },
	{ "kill", "ts", 25, op_kill },
	{ "killpg", "ts", 6, op_killpg },
	{ "kill_own_group", "s", 2, op_kill_own_group },
	{ "sigmask", "3q", 15, op_sigmask },
	{ "sigaction", "s3W", 15, op_sigaction },
	{ "sigpending", "", 10, op_sigpending },
	{ "signalfd", "qc", 10, op_signalfd },
	{ "sigtimedwait", "q", 8, op_sigtimedwait },
	{ "waitpid", "KX", 20, op_waitpid },
	{ "waitid", "ItQY", 15, op_waitid },
	{ "pidfd_open", "t0", 10, op_pidfd },
	{ "pidfd_send_signal", "Qs", 8, op_pidfd_send },
	{ "setsid", "", 3, op_setsid },
	{ "setpgid", "UU", 6, op_setpgid },
	{ "getsid", "t", 4, op_getsid },
	{ "getppid", "", 6, op_getppid },
	{ "prctl", "pd", 6, op_prctl },
};
const int nops = sizeof(ops) / sizeof(*ops);
