/*
 * differ_ops.c: what an actor can be told to do.
 *
 * A call is made through a table, so that the same code asks the real kernel and
 * the simulated one, and says all that it learns.  None blocks.  Processes have
 * the same numbers on both sides.  What differs from run to run, an inode or a
 * device, is said in brackets; the driver numbers it in the order of appearance.
 */
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <dirent.h>
#include <stdlib.h>

#include "cli/base/compat.h"
#include "tests/sim/differ.h"

enum { BYTES = 5000, SHOWN = 12, NAMES = 64 };

static const char *const paths[] = { "a", "b", "c", "d", "d/a", "d/e", "d/e/b",
	"l", "s0", ".", "d/..", "a/", "d/e/", "", "no/a", "l/a", "d/s1", "..", "d/.",
	"a/b", "e", "e/a" };

/* What a call writes, and what it is given. */
static char bytes[BYTES] __attribute__((aligned(16)));
static char text[BYTES];
static struct sockaddr_un address;
static socklen_t address_len, option_len;
static sigset_t set;
static const struct timespec zero;

static void __attribute__((format(printf, 2, 3)))
say(struct actor *c, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(c->out + c->len, ANSWER - c->len, fmt, ap);
	va_end(ap);
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

/* Of what type a descriptor is: S_IFMT's; 0. */
static mode_t
type_of(struct actor *c, int fd)
{
	struct stat st;

	return c->k->fstat(fd, &st) < 0 ? 0 : st.st_mode & S_IFMT;
}

/* A new descriptor: of a file, f; a directory, d; a socket, s (that listens, n;
 * connected, c; of a pair, u), a pipe, p; O_PATH, o; pidfd, q; signalfd, g. */
static void
got(struct actor *c, long fd, char kind)
{
	mode_t type;

	if (!told(c, fd))
		return;
	type = type_of(c, (int)fd);
	if (kind == '?')
		kind = type == S_IFREG ? 'f' : type == S_IFDIR ? 'd' :
		    type == S_IFSOCK ? 's' : type == S_IFIFO ? 'p' : 'x';
	if (fd < HINTS)
		c->hint[fd] = kind;
	say(c, " %c", kind);
}

const char *
op_path(long i)
{
	return paths[(unsigned long)i % (sizeof(paths) / sizeof(*paths))];
}

static void
address_make(long i)
{
	static const char *const names[] = { "s0", "d/s1", "e/s2", "a" };

	address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (i < 4)
		strcpy(address.sun_path, names[i]);
	else
		address.sun_path[1] = (char)('0' + i);
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    (i < 4 ? strlen(names[i]) + 1 : 2));
}

static void
set_make(long bits)
{
	sigemptyset(&set);
	for (int sig = 1; sig < 64; sig++)
		if (bits >> (sig - 1) & 1)
			sigaddset(&set, sig);
}

/* What is given for an argument that was drawn. */
static long
argument_make(char letter, long drawn)
{
	switch (letter) {
	case '/':
	case 'n':
		return (long)op_path(drawn);
	case '>':
		return (long)bytes;
	case '<':
		for (int i = 0; i < BYTES; i++)
			text[i] = (char)('a' + (drawn + i) % 26);
		return (long)text;
	case 'A':
		address_make(drawn);
		return (long)&address;
	case '#':
		return address_len;
	case '&':
		option_len = sizeof(struct ucred);
		return (long)&option_len;
	case 'q':
		set_make(drawn);
		return (long)&set;
	case '!':
		return (long)&zero;
	}
	return drawn;
}

void
op_run(struct actor *c, const struct step *s)
{
	const struct op *o = ops + s->op;
	long (*call)(long, long, long, long, long, long);
	long v[ARGS] = { 0 }, r;

	mode_t type = o->on ? type_of(c, (int)s->a[0]) : 0;

	if (o->on == LOCKABLE ? type != S_IFREG && type != S_IFDIR : type != o->on)
		return;
	if (o->run) {
		o->run(c, s->a);
		return;
	}
	memset(bytes, 0, sizeof(bytes));
	for (int i = 0; o->args[i]; i++)
		v[i] = argument_make(o->args[i], s->a[i]);
	/* All arguments are of a register's size, or less. */
	memcpy(&call, (const char *)c->k + o->at, sizeof(call));
	r = call(v[0], v[1], v[2], v[3], v[4], v[5]);
	if (o->kind)
		got(c, r, o->kind);
	else if (told(c, r) && o->say)
		o->say(c, s->a, r);
	if (o->becomes && r >= 0 && s->a[0] < HINTS)
		c->hint[s->a[0]] = o->becomes;
}

/*
 * What a call that succeeded has told.
 */

#define SAY(name) \
	static void name(struct actor *c, \
	    const long *a __attribute__((unused)), long r __attribute__((unused)))
#define FD ((int)a[0])

SAY(say_read)
{
	struct signalfd_siginfo s;

	if (FD >= HINTS || c->hint[FD] != 'g') {
		say_bytes(c, bytes, r);
		return;
	}
	for (long i = 0; i < r; i += (long)sizeof(s)) {
		memcpy(&s, bytes + i, sizeof(s));
		say(c, " signal %u code %d %u %u status %d", s.ssi_signo,
		    s.ssi_code, s.ssi_pid, s.ssi_uid, s.ssi_status);
	}
}

SAY(say_text)
{
	say(c, " %s", bytes);
}

SAY(say_link)
{
	say_bytes(c, bytes, r);
}

SAY(say_stat)
{
	const struct stat *st = (const void *)bytes;

	if (!S_ISFIFO(st->st_mode))
		say(c, " <%lu>", 1UL << 63 | st->st_dev);
	say(c, " <%lu> mode %o", inode_token(st->st_dev, st->st_ino), st->st_mode);
	if (st->st_mode & S_IFMT)
		say(c, " nlink %lu", (unsigned long)st->st_nlink);
	say(c, " of %u %u", st->st_uid, st->st_gid);
	if (S_ISREG(st->st_mode) || S_ISLNK(st->st_mode))
		say(c, " size %ld", (long)st->st_size);
}

SAY(say_statx)
{
	const struct statx *st = (const void *)bytes;

	say(c, " <%lu> %o %u", inode_token(makedev(st->stx_dev_major,
	    st->stx_dev_minor), st->stx_ino), st->stx_mode, st->stx_nlink);
}

SAY(say_statfs)
{
	if (type_of(c, FD) != S_IFIFO)
		say(c, " %lx", ((const struct statfs *)bytes)->f_type);
}

SAY(say_control)
{
	if (a[1] == F_DUPFD_CLOEXEC)
		got(c, r, '?');
}

SAY(say_two)
{
	for (int i = 0; i < 2; i++)
		got(c, ((int *)bytes)[i],
		    type_of(c, ((int *)bytes)[i]) == S_IFIFO ? 'p' : 'u');
}

SAY(say_number)
{
	say(c, " %d", *(int *)bytes);
}

SAY(say_option)
{
	const struct ucred *cred = (const void *)bytes;

	if (a[2] == SO_PEERCRED)
		say(c, " %d %d %d %u", cred->pid, (int)cred->uid,
		    (int)cred->gid, option_len);
	else
		got(c, *(int *)bytes, 'q');
}

SAY(say_set)
{
	for (int sig = 1; sig < SIGNALS; sig++)
		if (sig != 32 && sig != 33 && sigismember((sigset_t *)bytes, sig))
			say(c, " %d", sig);
}

SAY(say_info)
{
	const siginfo_t *s = (const void *)bytes;

	say(c, " signal %d code %d %d %u", s->si_signo, s->si_code, s->si_pid,
	    s->si_uid);
	if (s->si_signo == SIGCHLD && s->si_code > 0)
		say(c, " status %d", s->si_status);
}

/*
 * What is more than a call.
 */

#define OP(name) \
	static void name(struct actor *c, const long *a __attribute__((unused)))

/* What has come since the last time. */
OP(op_handled)
{
	for (int sig = 1; sig < SIGNALS; sig++) {
		if (c->handled[sig])
			say(c, " handled %d", sig);
		c->handled[sig] = 0;
	}
}

OP(op_fork)
{
	long r = c->k->fork();

	if (r == 0) {
		c->child = true;
		c->me = FD;
		memset(c->handled, 0, sizeof(c->handled));
		return;
	}
	told(c, r);
}

OP(op_open_proc)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", FD);
	got(c, c->k->openat(AT_FDCWD, name, (int)a[1] | O_NONBLOCK, 0600), '?');
}

OP(op_link_proc)
{
	char name[64], to[PATH_MAX] = "", *at;
	long n;

	snprintf(name, sizeof(name), "/proc/%ld/fd/%ld", a[1], a[0]);
	n = c->k->readlink(name, to, sizeof(to) - 1);
	if (n < 0) {
		told(c, n);
		return;
	}
	at = strstr(to, ":[");
	if (at && at[2] >= '0' && at[2] <= '9')
		say(c, " %.*s<%lu>", (int)(at - to), to, 1UL << 62 |
		    (unsigned long)atol(at + 2));
	else
		say(c, " %s", to);
}

/* Each actor is asleep, or running while it asks. */
OP(op_stat_proc)
{
	char name[64], line[1024] = "", *at, state;
	int ppid, group, session;
	long n, fd;

	snprintf(name, sizeof(name), "/proc/%ld/stat", a[0]);
	fd = c->k->openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0) {
		told(c, fd);
		return;
	}
	n = c->k->read((int)fd, line, sizeof(line) - 1);
	c->k->close((int)fd);
	at = n > 0 ? strrchr(line, ')') : NULL;
	if (!at || sscanf(at, ") %c %d %d %d", &state, &ppid, &group, &session) != 4)
		say(c, " %ld?", n);
	else
		say(c, " %c %d %d %d", state == 'R' || state == 'D' ? 'S' :
		    state, ppid, group, session);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp((const char *)a, (const char *)b);
}

/* The names of an open folder from where it is, sorted; the type and
 * the inode behind a slash.  -errno, or how many. */
static long
names_read(struct actor *c, int fd, char names[NAMES][NAME])
{
	long n, count = 0;
	struct dirent64 *d;
	struct stat st = { 0 };

	c->k->fstat(fd, &st);
	while ((n = c->k->getdents64(fd, bytes, 4096)) > 0) {
		for (long at = 0; at < n; at += d->d_reclen) {
			d = (struct dirent64 *)(bytes + at);
			snprintf(names[count], NAME, "%.200s/%d<%lu>",
			    d->d_name, d->d_type,
			    inode_token(st.st_dev, d->d_ino));
			if (count < NAMES - 1)
				count++;
		}
	}
	qsort(names, (size_t)count, sizeof(*names), by_name);
	return n < 0 ? n : count;
}

OP(op_getdents)
{
	static char names[NAMES][NAME];
	long n = names_read(c, FD, names);

	told(c, n);
	for (long i = 0; i < n; i++)
		say(c, " %s", names[i]);
}

/* On a file's first byte; on all of a directory. */
OP(op_lock)
{
	struct flock l = { .l_type = (short)a[2], .l_whence = SEEK_SET,
		.l_len = type_of(c, FD) == S_IFREG };

	if (a[1] == F_OFD_GETLK && a[2] == F_UNLCK)
		return;
	if (told(c, c->k->fcntl(FD, (int)a[1], (long)&l)) && a[1] == F_OFD_GETLK)
		say(c, " %d %ld %d", l.l_type, (long)l.l_len, l.l_pid);
}

OP(op_mmap)
{
	char **at = &c->map[a[1]];
	long r;

	if (*at)
		return;
	r = c->k->mmap(NULL, 1, (int)a[2], MAP_SHARED, FD, 0);
	if (r < 0 && r > -4096) {
		told(c, r);
		return;
	}
	*at = (char *)r;
}

OP(op_munmap)
{
	char **at = &c->map[a[0]];

	if (*at)
		told(c, c->k->munmap(*at, 1));
	*at = NULL;
}

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(8 * sizeof(int)) + 64];
};

/* a: descriptor, text, bytes, number of descriptors, which one first. */
OP(op_sendmsg)
{
	union control u = { 0 };
	struct iovec v = { (void *)argument_make('<', a[1]), (size_t)a[2] };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1 };
	int fds[4];

	for (int i = 0; i < a[3]; i++) {
		fds[i] = (int)a[4] + i;
		if (type_of(c, fds[i]) == S_IFSOCK)
			return; /* circles need a collector of garbage */
	}
	if (a[3]) {
		m.msg_control = u.room;
		m.msg_controllen = CMSG_SPACE((size_t)a[3] * sizeof(int));
		u.align = (struct cmsghdr){ CMSG_LEN((size_t)a[3] *
		    sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
		memcpy(CMSG_DATA(&u.align), fds, (size_t)a[3] * sizeof(int));
	}
	told(c, c->k->sendmsg(FD, &m, MSG_DONTWAIT | MSG_NOSIGNAL));
}

/* a: descriptor, bytes, flags, room for descriptors */
OP(op_recvmsg)
{
	union control u = { 0 };
	struct iovec v = { bytes, (size_t)a[1] };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
		.msg_control = a[3] ? u.room : NULL,
		.msg_controllen = (size_t)a[3] };
	long n = c->k->recvmsg(FD, &m, (int)a[2] | MSG_DONTWAIT);
	int fd;

	if (!told(c, n))
		return;
	say_bytes(c, bytes, n);
	say(c, " flags %x room %lu", m.msg_flags, m.msg_controllen);
	for (struct cmsghdr *h = CMSG_FIRSTHDR(&m); h; h = CMSG_NXTHDR(&m, h)) {
		say(c, " control %d %lu", h->cmsg_type, h->cmsg_len);
		for (size_t i = 0; CMSG_LEN((i + 1) * sizeof(int)) <=
		     h->cmsg_len; i++) {
			memcpy(&fd, CMSG_DATA(h) + i * sizeof(int), sizeof(fd));
			got(c, fd, '?');
		}
	}
}

OP(op_poll)
{
	struct pollfd p[24];

	for (int i = 0; i < 24; i++)
		p[i] = (struct pollfd){ .fd = i, .events = (short)a[0] };
	told(c, c->k->poll(p, 24, 0));
	for (int i = 0; i < 24; i++)
		if (p[i].revents && p[i].revents != POLLNVAL)
			say(c, " %d:%x", i, p[i].revents);
}

OP(op_sigaction)
{
	struct sigaction old = { 0 }, to = { .sa_handler = a[1] == 0 ?
		SIG_DFL : a[1] == 1 ? SIG_IGN : c->handler,
		.sa_flags = (int)a[2] };

	if (told(c, c->k->sigaction(FD, &to, &old)))
		say(c, " %d %x", old.sa_handler == SIG_DFL ? 0 :
		    old.sa_handler == SIG_IGN ? 1 : 2,
		    (unsigned)old.sa_flags & ~0x04000000U);
}

static void
entry_tell(struct actor *c, int dir, const char *name, int depth)
{
	static char names[8][NAMES][NAME];
	long fd = -1, n = c->k->fstatat(dir, name, (struct stat *)bytes,
	    AT_SYMLINK_NOFOLLOW);
	mode_t mode = ((struct stat *)bytes)->st_mode;

	say(c, "%*s%s", depth * 2, "", name);
	if (!told(c, n))
		return;
	say_stat(c, NULL, n);
	if (S_ISLNK(mode)) {
		n = c->k->readlinkat(dir, name, bytes, sizeof(bytes));
	} else if (S_ISREG(mode) || S_ISDIR(mode)) {
		fd = c->k->openat(dir, name, O_RDONLY | O_NOFOLLOW, 0);
		n = fd < 0 || S_ISDIR(mode) ? fd : c->k->read((int)fd, bytes, 256);
	}
	if (n < 0)
		told(c, n);
	else if (!S_ISDIR(mode))
		say_bytes(c, bytes, n);
	say(c, "\n");
	if (fd < 0)
		return;
	n = S_ISDIR(mode) ? names_read(c, (int)fd, names[depth]) : 0;
	for (long i = 0; i < n; i++) {
		*strchr(names[depth][i], '/') = '\0';
		if (names[depth][i][0] != '.')
			entry_tell(c, (int)fd, names[depth][i], depth + 1);
	}
	c->k->close((int)fd);
}

void
tree_tell(struct side *s)
{
	struct actor driver = { .k = s->calls, .out = s->answer };

	entry_tell(&driver, AT_FDCWD, "..", 0);
}

#define MANY(name, args, weight, ...) { name, args, weight, __VA_ARGS__ }
#define ONE(call, args, weight, ...) \
	{ #call, args, weight, .at = offsetof(struct calls, call), __VA_ARGS__ }

/* In the order in which the driver draws; the letters: argument. */
const struct op ops[] = {
	MANY("handled", "", 0, .run = op_handled),
	MANY("fork", "C", 12, .run = op_fork),
	ONE(exit, "4", 3),
	ONE(openat, "Dnom", 60, .kind = '?'),
	MANY("open_proc", "xr", 4, .on = LOCKABLE, .run = op_open_proc),
	MANY("link_proc", "xt", 6, .run = op_link_proc),
	MANY("stat_proc", "t", 6, .run = op_stat_proc),
	ONE(read, "x>z", 25, .say = say_read),
	ONE(pread, "F>zl", 6, .on = S_IFREG, .say = say_link),
	ONE(write, "x<z", 20),
	ONE(pwrite, "F<zl", 6, .on = S_IFREG),
	ONE(lseek, "Fy2", 6, .on = S_IFREG),
	ONE(lseek, "D00", 2, .on = S_IFDIR),
	ONE(ftruncate, "Fl", 6, .on = S_IFREG),
	ONE(fallocate, "F0ll", 2, .on = S_IFREG),
	ONE(memfd_create, "n2", 2, .kind = 'f'),
	ONE(renameat2, "DnDnR", 16),
	ONE(unlinkat, "DnB", 22),
	ONE(mkdirat, "Dnm", 12),
	ONE(symlink, "/n", 8),
	ONE(readlinkat, "Dn>9", 5, .say = say_link),
	ONE(fstatat, "Dn>a", 12, .say = say_stat),
	ONE(fstat, "x>", 8, .say = say_stat),
	ONE(statx, "DnaM>", 2, .say = say_statx),
	ONE(fstatfs, "x>", 2, .say = say_statfs),
	ONE(faccessat, "Dn8G", 4),
	ONE(umask, "m", 3),
	ONE(fchmodat, "Dnm0", 3),
	MANY("getdents64", "D", 8, .run = op_getdents),
	ONE(chdir, "n", 3),
	ONE(fchdir, "D", 3),
	ONE(getcwd, ">Z", 4, .say = say_text),
	ONE(close, "x", 30, .becomes = '-'),
	ONE(close_range, "990", 2),
	ONE(dup, "x", 5, .kind = '?'),
	ONE(dup2, "xe", 5, .kind = '?'),
	ONE(fcntl, "xue", 16, .say = say_control),
	ONE(ioctl, "SQ>", 4, .on = S_IFSOCK, .say = say_number),
	ONE(flock, "Fk", 20, .on = LOCKABLE),
	MANY("lock", "Fjw", 30, .on = LOCKABLE, .run = op_lock),
	MANY("mmap", "F4P", 8, .on = S_IFREG, .run = op_mmap),
	MANY("munmap", "4", 3, .run = op_munmap),
	ONE(socket, "1V0", 20, .kind = 's'),
	ONE(socketpair, "1T0>", 8, .say = say_two),
	ONE(pipe2, ">O", 5, .say = say_two),
	ONE(bind, "LA#", 20),
	ONE(listen, "Lb", 20, .becomes = 'n'),
	ONE(connect, "LA#", 30, .becomes = 'c'),
	ONE(accept4, "N00f", 20, .kind = 'c'),
	ONE(send, "S<zg", 20),
	ONE(recv, "S>zh", 20, .say = say_link),
	MANY("sendmsg", "S<z3x", 20, .run = op_sendmsg),
	MANY("recvmsg", "SzHi", 25, .run = op_recvmsg),
	ONE(shutdown, "Sv", 6),
	ONE(getsockopt, "S1J>&", 9, .say = say_option),
	MANY("poll", "E", 40, .run = op_poll),
	ONE(kill, "ps", 33),
	ONE(sigprocmask, "3q>", 15, .say = say_set),
	MANY("sigaction", "s3W", 15, .run = op_sigaction),
	ONE(sigpending, ">", 10, .say = say_set),
	ONE(signalfd, "-qc", 10, .kind = 'g'),
	ONE(sigtimedwait, "q>!", 8, .say = say_info),
	ONE(waitpid, "K>X", 20, .say = say_number),
	ONE(waitid, "It>Y", 15, .say = say_info),
	ONE(pidfd_open, "t0", 10, .kind = 'q'),
	ONE(pidfd_send_signal, "_s00", 8),
	ONE(setsid, "", 3),
	ONE(setpgid, "U0", 6),
	ONE(getsid, "t", 4),
	ONE(getpid, "", 3),
	ONE(getppid, "", 3),
	ONE(prctl, "d~", 6),
};
const int nops = sizeof(ops) / sizeof(*ops);
