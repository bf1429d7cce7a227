/*
 * differ_ops.c: what an actor can do.
 *
 * A call is made through a table, so that the same code runs on the real kernel
 * and the simulated one, and reports all that it learns.  None blocks.
 * Processes have the same pids on both sides.  What differs from run to run, an
 * inode or a device, is reported as a number, in the order of appearance.
 */
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

#include <dirent.h>
#include <err.h>
#include <linux/sockios.h>
#include <stdlib.h>

#include "cli/base/compat.h"
#include "tests/sim/differ.h"

enum { BYTES = 60000, SHOWN = 12, NAMES = 64 };

static const char *const paths[] = { "a", "b", "c", "d", "d/a", "d/e", "d/e/b",
	"l", "s0", ".", "d/..", "a/", "d/e/", "", "no/a", "l/a", "d/s1", "..", "d/.",
	"a/b", "e", "e/a", "d/e/s2", "e/s2" };
enum { PATHS = sizeof(paths) / sizeof(*paths), WHOLE = 100 }; /* from the root */

static OWN char bytes[BYTES] __attribute__((aligned(16)));
static OWN char text[BYTES];
static OWN struct sockaddr_un address;
static OWN socklen_t address_len, option_len;
static OWN sigset_t set;
static const struct timespec zero;

void
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

void
handled_say(struct actor *c, const struct step *after)
{
	for (int sig = 1; sig < SIGNALS && !ops[after->op].far; sig++) {
		if (c->handled[sig])
			say(c, " handled %d", sig);
		c->handled[sig] = 0;
	}
}

bool
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

int
token(struct actor *c, dev_t dev, unsigned long ino)
{
	unsigned long id = (unsigned long)dev << 40 ^ ino ^ (ino ? 0 : 1UL << 63);
	int i = 0;

	while (i < SEEN - 1 && c->seen[i] && c->seen[i] != id)
		i++;
	c->seen[i] = id;
	return i;
}

int
token_known(struct actor *c, unsigned long ino)
{
	for (int i = 0; i < SEEN && c->seen[i]; i++)
		if (c->seen[i] == ino)
			return i;
	return -1;
}

mode_t
type_of(struct actor *c, int fd)
{
	struct stat st;

	return c->k->fstat(fd, &st) < 0 ? 0 : st.st_mode & S_IFMT;
}

void
got(struct actor *c, long fd, char kind)
{
	mode_t type;

	if (!told(c, fd))
		return;
	type = type_of(c, (int)fd);
	if (kind == '?')
		kind = type == S_IFREG ? 'f' : type == S_IFDIR ? 'd' :
		    type == S_IFSOCK ? 's' : 'x';
	if (fd < HINTS)
		c->hint[fd] = kind;
	say(c, " %c", kind);
}

/* Its kind, as far as known. */
static char
hinted(const struct actor *c, long fd)
{
	return fd >= 0 && fd < HINTS && c->hint[fd] ? c->hint[fd] : '?';
}

static const char *
op_path(long i)
{
	static char whole[64] = FOLDER "/";

	strcpy(whole + sizeof(FOLDER), paths[i % WHOLE]);
	return i < WHOLE ? paths[i] : whole;
}

static void
address_make(long i)
{
	static const char *const names[] = { "s0", "d/s1", "e/s2", "a", "\0004", "\0005",
		"\0006" };
	size_t n = i < 4 ? strlen(names[i]) + 1 : 2;

	address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(address.sun_path, names[i], n);
	address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
}

long
argument_make(char letter, long drawn)
{
	switch (letter) {
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
		sigemptyset(&set);
		drawn &= ~(3L << 31); /* libc's */
		memcpy(&set, &drawn, sizeof(drawn));
		return (long)&set;
	case '!':
		return (long)&zero;
	}
	return drawn;
}

static bool may_sleep(mode_t type) { return type == S_IFSOCK || type == S_IFIFO; }

void
op_run(struct actor *c, const struct step *s)
{
	const struct op *o = ops + s->op;
	long (*call)(long, long, long, long, long, long);
	long v[ARGS] = { 0 }, r;
	mode_t type = o->on ? type_of(c, (int)s->a[0]) : 0;

	if (o->becomes == 'c' && hinted(c, s->a[0]) == 'u')
		return; /* datagrams: these are not connected */
	if (!s->waits && o->sleeps && !(s->a[3] & MSG_DONTWAIT) &&
	    may_sleep(type_of(c, (int)s->a[0])) &&
	    !(c->k->fcntl((int)s->a[0], F_GETFL, 0) & O_NONBLOCK))
		return;
	c->waits = s->waits;
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
		got(c, r, o->kind == '=' ? hinted(c, s->a[0]) : o->kind);
	else if (told(c, r) && o->say)
		o->say(c, s->a, r);
	if (o->becomes && r >= 0 && s->a[0] < HINTS)
		c->hint[s->a[0]] = o->becomes;
}

#define SAY(name) \
	static void name(struct actor *c, \
	    const long *a __attribute__((unused)), long r __attribute__((unused)))
#define FD ((int)a[0])

SAY(say_read)
{
	struct signalfd_siginfo s;

	if (hinted(c, FD) != 'g') {
		say_bytes(c, bytes, r);
		return;
	}
	for (long i = 0; i < r; i += (long)sizeof(s)) {
		memcpy(&s, bytes + i, sizeof(s));
		say(c, " signal %u code %d %u %u status %d", s.ssi_signo,
		    s.ssi_code, s.ssi_pid, s.ssi_uid, s.ssi_status);
	}
}

SAY(say_answer) { say_bytes(c, bytes, r); }

SAY(say_stat)
{
	const struct stat *st = (const void *)bytes;

	say(c, " #%d #%d mode %o of %u %u", token(c, st->st_dev, 0), token(c, st->st_dev,
	    st->st_ino), st->st_mode, st->st_uid, st->st_gid);
	if (st->st_mode & S_IFMT)
		say(c, " nlink %lu size %ld", (unsigned long)st->st_nlink,
		    S_ISREG(st->st_mode) ? (long)st->st_size : 0);
}

SAY(say_two)
{
	for (int i = 0; i < 2; i++)
		got(c, ((int *)bytes)[i], 'u');
}

SAY(say_pipe)
{
	for (int i = 0; i < 2; i++)
		got(c, ((int *)bytes)[i], 'p');
}

SAY(say_number) { say(c, " %d", *(int *)bytes); }

SAY(say_option)
{
	const struct ucred *cred = (const void *)bytes;

	if (a[2] == SO_PEERCRED)
		say(c, " %d %d %d %u", cred->pid, (int)cred->uid,
		    (int)cred->gid, option_len);
	else
		got(c, *(int *)bytes, 'q');
}

SAY(say_set) { say(c, " %lx", *(unsigned long *)bytes & ~(3UL << 31)); }

SAY(say_info)
{
	const siginfo_t *s = (const void *)bytes;

	say(c, " signal %d code %d %d %u status %d", s->si_signo, s->si_code, s->si_pid,
	    s->si_uid, s->si_signo == SIGCHLD && s->si_code > 0 ? s->si_status : 0);
}

static OP(op_fork)
{
	int was[SIGNALS];
	long r;

	memcpy(was, c->handled, sizeof(was));
	r = c->k->fork();
	if (r == 0) {
		c->child = true;
		c->me = (int)c->k->getpid() - FIRST_PID;
		/* It may have handled something by now. */
		for (int sig = 0; sig < SIGNALS; sig++)
			c->handled[sig] -= was[sig];
		return;
	}
	told(c, r);
}

const char *
fd_path(int fd)
{
	static char name[32];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return name;
}

void
link_say(struct actor *c, const char *name)
{
	char to[PATH_MAX] = "", *at;
	long n = c->k->readlink(name, to, sizeof(to) - 1);

	if (n < 0) {
		told(c, n);
		return;
	}
	at = strstr(to, ":[");
	if (at && at[2] >= '0' && at[2] <= '9')
		say(c, " %.*s#%d", (int)(at - to), to,
		    token(c, 0, (unsigned long)atol(at + 2)));
	else
		say(c, " %s", to);
}

/* a: descriptor, pid, how it is opened again; -1: not at all */
static OP(op_link_proc)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%ld/fd/%ld", a[1], a[0]);
	link_say(c, name);
	if (a[2] != -1 && (type_of(c, FD) == S_IFREG || type_of(c, FD) == S_IFDIR))
		got(c, c->k->openat(AT_FDCWD, fd_path(FD), (int)a[2] | O_NONBLOCK, 0), '?');
}

char *
proc_next(struct actor *c, long pid, const char *file, const char *ends)
{
	static char all[1 << 16];
	static bool within;
	char name[64];
	long n = 0, fd, got = 1;

	if (within) {
		within = (file = strtok(NULL, ends));
		return (char *)(uintptr_t)file;
	}
	snprintf(name, sizeof(name), "/proc/%ld/%s", pid, file);
	fd = c->k->openat(AT_FDCWD, name, O_RDONLY | O_CLOEXEC, 0);
	for (; fd >= 0 && got > 0; n += got > 0 ? got : 0)
		got = c->k->read((int)fd, all + n, sizeof(all) - 1 - (size_t)n);
	all[n] = '\0';
	told(c, fd < 0 ? fd : got);
	if (fd >= 0)
		c->k->close((int)fd);
	within = (file = strtok(all, ends));
	return (char *)(uintptr_t)file;
}

static char lines[NAMES][NAME + 40];
static size_t nlines;

char *line_new(void) { return lines[nlines < NAMES - 1 ? nlines++ : nlines]; }

void
lines_say(struct actor *c)
{
	qsort(lines, nlines, sizeof(*lines), (int (*)(const void *, const void *))strcmp);
	for (size_t i = 0; i < nlines; i++)
		say(c, " %s", lines[i]);
	nlines = 0;
}

/* All that can be seen of a process. */
static OP(op_proc)
{
	static const char *const shown[] = { "PPid:", "Uid:", "NSpgid:",
		"NSsid:", "SigBlk:", "SigIgn:", "SigCgt:" };
	char file[64], how[8], path[200], *at, state = '?';

	for (int i = 1; (at = proc_next(c, a[0], "stat", " ")); i++)
		if (i == 3) /* each is asleep, or asks */
			say(c, " %c", state = strchr("RD", *at) ? 'S' : *at);
		else if (strchr("\4\5\6\46\64", i))
			say(c, " %s", at);
		else if (i == 9)
			say(c, " %x", atoi(at) & 0x40);
	while ((at = proc_next(c, a[0], "status", "\n")))
		for (int i = 0; i < (state == 'Z' ? 4 : 7); i++)
			if (!strncmp(at, shown[i], strlen(shown[i])))
				say(c, " %s", at);
	snprintf(file, sizeof(file), "task/%ld/children", a[0]);
	while ((at = proc_next(c, a[0], file, " ")))
		say(c, " %s", at);
	while ((at = proc_next(c, a[0], "maps", "\n")))
		if (sscanf(at, "%*s %7s %*s %*s %*s %199[^\n]", how, path) == 2 && !strstr(
		    path, SHARED) && (strstr(path, FOLDER) || strstr(path, "memfd:")))
			sprintf(line_new(), "%s %s", path, how);
	lines_say(c);
	snprintf(file, sizeof(file), "/proc/%ld/cwd", a[0]);
	link_say(c, file);
}

/* The names of an open folder from where it is; the type behind a slash. */
static OP(op_getdents)
{
	struct dirent64 *d;
	long n;

	while ((n = c->k->getdents64(FD, bytes, 4096)) > 0) {
		for (long at = 0; at < n; at += d->d_reclen) {
			d = (struct dirent64 *)(bytes + at);
			sprintf(line_new(), "%.200s/%d", d->d_name, d->d_type);
		}
	}
	told(c, n);
	lines_say(c);
}

/* On a file's first byte; on all of a directory. */
static OP(op_lock)
{
	struct flock l = { .l_type = (short)a[2], .l_whence = SEEK_SET,
		.l_len = type_of(c, FD) == S_IFREG };

	if (a[1] == F_OFD_GETLK && a[2] == F_UNLCK)
		return;
	if (told(c, c->k->fcntl(FD, (int)a[1], (long)&l)) && a[1] == F_OFD_GETLK)
		say(c, " %d %ld %d", l.l_type, (long)l.l_len, l.l_pid);
}

static OP(op_mmap)
{
	long r = c->map ? -1 : c->k->mmap(NULL, 1, (int)a[1], MAP_SHARED, FD, 0);

	if (r < 0 && r > -4096) {
		told(c, r);
		return;
	}
	c->map = (char *)r;
	r = c->k->openat(AT_FDCWD, fd_path(FD), O_PATH, 0);
	if (!told(c, c->k->dup2((int)r, MAPPED))) {
		c->k->munmap(c->map, 1);
		c->map = NULL;
	}
	c->k->close((int)r);
}

/* What is mapped; behind its end is no memory. */
static OP(op_mapped)
{
	struct stat st;

	if (c->map && !c->k->fstat(MAPPED, &st) && st.st_size)
		say_bytes(c, c->map, 5);
}

static OP(op_munmap)
{
	if (c->map)
		told(c, c->k->munmap(c->map, 1));
	c->map = NULL;
}

/* The answer is there when the new program begins. */
static OP(op_exec)
{
	char me[12], *argv[] = { (char *)(uintptr_t)"actor", me, NULL }, *env[] = { NULL };

	snprintf(me, sizeof(me), "%d", c->me);
	c->map = NULL;
	memset(c->handled, 0, sizeof(c->handled));
	say(c, " 0");
	told(c, c->k->execve(ACTOR, argv, env));
}

union control {
	struct cmsghdr align;
	char room[CMSG_SPACE(8 * sizeof(int)) + 64];
};

/* a: descriptor, text, bytes, number of descriptors, which one first. */
static OP(op_sendmsg)
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
	told(c, c->k->sendmsg(FD, &m, (c->waits ? 0 : MSG_DONTWAIT) |
	    MSG_NOSIGNAL));
}

/* a: descriptor, bytes, flags, room for descriptors */
static OP(op_recvmsg)
{
	union control u = { 0 };
	struct iovec v = { bytes, (size_t)a[1] };
	struct msghdr m = { .msg_iov = &v, .msg_iovlen = 1,
		.msg_control = a[3] ? u.room : NULL,
		.msg_controllen = (size_t)a[3] };
	long n = c->k->recvmsg(FD, &m, (int)a[2] |
	    (c->waits ? 0 : MSG_DONTWAIT));
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

static OP(op_poll)
{
	struct pollfd p[24];

	for (int i = 0; i < 24; i++)
		p[i] = (struct pollfd){ .fd = i, .events = (short)a[0] };
	told(c, c->k->poll(p, 24, 0));
	for (int i = 0; i < 24; i++)
		if (p[i].revents && p[i].revents != POLLNVAL)
			say(c, " %d:%x", i, p[i].revents);
}

static OP(op_sigaction)
{
	struct sigaction old = { 0 }, to = { .sa_handler = a[1] == 0 ?
		SIG_DFL : a[1] == 1 ? SIG_IGN : c->handler,
		.sa_flags = (int)a[2] };

	if (told(c, c->k->sigaction(FD, a[1] == 3 ? NULL : &to, &old)))
		say(c, " %d %x", old.sa_handler == SIG_DFL ? 0 :
		    old.sa_handler == SIG_IGN ? 1 : 2,
		    (unsigned)old.sa_flags & ~0x04000000U);
}

/* A file, or what a directory has. */
static OP(op_content)
{
	long fd = c->k->openat(AT_FDCWD, op_path(a[0]), O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK, 0), n;

	if (!told(c, fd))
		return;
	op_getdents(c, &fd);
	n = c->k->read((int)fd, bytes, 100);
	say_bytes(c, bytes, n);
	c->k->close((int)fd);
}

static OP(op_state);

#define MANY(name, args, weight, ...) { name, args, weight, __VA_ARGS__ }
#define ONE(call, args, weight, ...) \
	{ #call, args, weight, .at = offsetof(struct calls, call), __VA_ARGS__ }

/* In the order in which the driver draws; the letters: argument. */
const struct op ops[] = {
	MANY("look", "", 0, .on = S_IFBLK), /* nothing is */
	MANY("state", "", 4, .run = op_state),
	MANY("fork", "", 12, .run = op_fork), MANY("exec", "", 5, .run = op_exec),
	ONE(exit, "4", 5, .far = true), ONE(openat, "Dnom", 60, .kind = '?'),
	MANY("link_proc", "xtr", 8, .run = op_link_proc),
	MANY("proc", "t", 8, .run = op_proc),
	ONE(read, "x>z", 25, .say = say_read, .sleeps = true),
	ONE(pread, "F>zl", 6, .on = S_IFREG, .say = say_answer),
	ONE(write, "F<z", 20, .on = S_IFREG),
	ONE(pwrite, "F<zl", 6, .on = S_IFREG),
	ONE(lseek, "Fy2", 6, .on = S_IFREG), ONE(lseek, "D00", 2, .on = S_IFDIR),
	ONE(ftruncate, "Fl", 6, .on = S_IFREG),
	ONE(fallocate, "F0ll", 2, .on = S_IFREG),
	ONE(memfd_create, "n2", 2, .kind = 'f'), ONE(renameat2, "DnDnR", 16),
	ONE(unlinkat, "DnB", 22), ONE(mkdirat, "Dnm", 12),
	ONE(readlinkat, "Dn>9", 5, .say = say_answer),
	ONE(fstatat, "Dn>a", 12, .say = say_stat),
	ONE(fstat, "x>", 8, .say = say_stat), ONE(faccessat, "Dn8G", 4),
	ONE(umask, "m", 3), ONE(fchmodat, "Dnm0", 3),
	ONE(fchmod, "Dm", 2, .on = S_IFDIR),
	MANY("content", "n", 4, .run = op_content),
	MANY("getdents64", "D", 8, .run = op_getdents), ONE(chdir, "n", 3),
	ONE(fchdir, "D", 3), ONE(getcwd, ">Z", 4, .say = say_answer),
	ONE(close, "x", 30, .becomes = '-'), ONE(close_range, "990", 2),
	ONE(dup, "x", 5, .kind = '='), ONE(dup2, "xe", 5, .kind = '='),
	ONE(fcntl, "xue", 12), ONE(fcntl, "x*e", 5, .kind = '='),
	ONE(ioctl, "SQ>", 4, .on = S_IFSOCK, .say = say_number),
	ONE(flock, "Fk", 20, .on = LOCKABLE, .then = "flock"),
	MANY("lock", "Fjw", 30, .on = LOCKABLE, .run = op_lock, .then = "lock"),
	MANY("mmap", "FP", 8, .on = S_IFREG, .run = op_mmap, .then = "close"),
	MANY("mapped", "", 3, .run = op_mapped),
	MANY("munmap", "", 4, .run = op_munmap),
	ONE(fcntl, "O%s", 3, .on = S_IFDIR), ONE(fcntl, "O$:", 3, .on = S_IFDIR),
	ONE(socket, "1V0", 20, .kind = 's'),
	ONE(socketpair, "1T0>", 8, .say = say_two), 
	ONE(pipe2, ">f", 6, .say = say_pipe), ONE(read, "|>z", 8, .say = say_read,
	    .sleeps = true), ONE(write, "|<9", 10, .on = S_IFIFO),
	ONE(bind, "LA#", 20, .then = "listen"),
	ONE(listen, "Lb", 20, .becomes = 'n', .then = "connect"),
	ONE(connect, "LA#", 30, .becomes = 'c', .then = "accept4", .sleeps = true),
	ONE(accept4, "N00f", 20, .kind = 'c', .sleeps = true),
	ONE(send, "S<@g", 20, .sleeps = true),
	ONE(recv, "S>zh", 20, .say = say_answer, .sleeps = true),
	MANY("sendmsg", "S<z3F", 25, .run = op_sendmsg, .then = "recvmsg"),
	MANY("recvmsg", "SzHi", 25, .run = op_recvmsg), ONE(shutdown, "Sv", 6),
	ONE(getsockopt, "S1J>&", 9, .say = say_option),
	ONE(setsockopt, "L1=>+", 3, .on = S_IFSOCK),
	MANY("poll", "E", 40, .run = op_poll), 
	ONE(kill, "ps", 33, .far = true, .then = "waitid"),
	ONE(sigprocmask, "3q>", 15, .say = say_set, .then = "kill"),
	MANY("sigaction", "s4W", 15, .run = op_sigaction),
	ONE(sigpending, ">", 10, .say = say_set),
	ONE(signalfd, "-qc", 10, .kind = 'g', .then = "kill"),
	ONE(sigtimedwait, "q>!", 8, .say = say_info),
	ONE(waitpid, "K>X", 20, .say = say_number),
	ONE(waitid, "It>Y", 15, .say = say_info),
	ONE(pidfd_open, "t0", 10, .kind = 'q'),
	ONE(pidfd_send_signal, "_s00", 8, .far = true), ONE(setsid, "", 3),
	ONE(setpgid, "U0", 6), ONE(getsid, "t", 4), ONE(getpid, "", 3),
	ONE(getppid, "", 3), ONE(prctl, "d~", 6),
	MANY("statx", "Dna", 6, .run = op_statx), MANY("statfs", "x", 4, .run = op_statfs),
	MANY("pidfd_info", "_", 5, .run = op_pidfd_info),
	MANY("pidfd_namespace", "_4", 5, .run = op_pidfd_namespace),
	MANY("sockets", "", 3, .run = op_sockets),
	MANY("clone", "x2", 4, .run = op_clone, .far = true),
	/* Only in scenes. */
	MANY("pidfd_getfd", "_x", 0, .run = op_pidfd_getfd),
	MANY("nofile", "9", 0, .run = op_nofile),
	MANY("limit", "S.", 0, .run = op_limit),
	MANY("ppoll", "xE1.", 0, .run = op_ppoll),
	MANY("futex_wait", "2.", 0, .run = op_futex_wait),
	MANY("futex_wake", "", 0, .run = op_futex_wake),
	MANY("nanosleep", ".", 0, .run = op_nanosleep),
	MANY("alarm", "", 0, .run = op_alarm), MANY("timers", "", 0, .run = op_timers),
};
const int nops = sizeof(ops) / sizeof(*ops);

int
op_find(const char *name)
{
	for (int i = 0; i < nops; i++)
		if (!strcmp(ops[i].name, name))
			return i;
	errx(2, "no operation %s", name);
}

/* All that an actor sees: these calls, for each descriptor (x), pid (t), path (n),
 * signal (s), or once.  In capitals, what changes it: at the end. */
enum { EACH = -99 };
static const struct {
	char each;
	const char *name;
	long a[ARGS];
} seen[] = {
	{ 'x', "fcntl", { EACH, F_GETFD } }, { 'x', "fcntl", { EACH, F_GETFL } },
	{ 'x', "fstat", { EACH } }, { 'x', "link_proc", { EACH, FIRST_PID, -1 } },
	{ 'x', "lseek", { EACH, 0, SEEK_CUR } },
	{ 'x', "pread", { EACH, 0, 100, 0 } },
	{ 'x', "lock", { EACH, F_OFD_GETLK, F_WRLCK } },
	{ 'x', "getsockopt", { EACH, SOL_SOCKET, SO_PEERCRED } },
	{ 'x', "ioctl", { EACH, SIOCINQ } },
	{ 'x', "recv", { EACH, 0, 100, MSG_PEEK } }, { 't', "kill", { EACH, 0 } },
	{ 't', "proc", { EACH } },
	{ 't', "waitid", { P_PID, EACH, 0, WEXITED | WNOWAIT | WNOHANG } },
	{ 'n', "fstatat", { AT_FDCWD, EACH, 0, AT_SYMLINK_NOFOLLOW } },
	{ 'n', "content", { EACH } }, { 's', "sigaction", { EACH, 3 } },
	{ '1', "mapped", { 0 } }, { 'X', "flock", { EACH, LOCK_EX | LOCK_NB } },
	{ 'X', "recvmsg", { EACH, 100, 0, CMSG_SPACE(8) } },
	{ 'X', "read", { EACH, 0, 1000 } },
	{ 'X', "accept4", { EACH, 0, 0, SOCK_NONBLOCK } },
	{ 'T', "waitpid", { EACH, 0, WNOHANG } },
	{ '1', "poll", { POLLIN | POLLOUT | POLLRDHUP } },
	{ '1', "sigpending", { 0 } }, { '1', "sigprocmask", { SIG_BLOCK, 0 } },
	{ '1', "getcwd", { 0, 4096 } }, { '1', "getppid", { 0 } }
};

static OP(op_state)
{
	struct step s = { .waits = false };
	bool open[LIMIT];
	char each;
	long from, to;

	for (int fd = 0; fd < LIMIT; fd++)
		open[fd] = c->k->fcntl(fd, F_GETFD, 0) >= 0;
	for (size_t i = 0; i < sizeof(seen) / sizeof(*seen); i++) {
		each = a[0] ? seen[i].each | 040 : seen[i].each; /* small */
		from = each == 't' ? FIRST_PID : each == 'n' ? WHOLE : each == 's';
		to = each == 't' ? FIRST_PID + ACTORS : each == 's' ? 32 : each == 'x' ? LIMIT :
		    each == 'n' ? WHOLE + PATHS : each == '1';
		for (long k = from; k < to; k++) {
			if (each == 'x' && !open[k])
				continue;
			s.op = op_find(seen[i].name);
			for (int j = 0; j < ARGS; j++)
				s.a[j] = seen[i].a[j] == EACH ? k : seen[i].a[j];
			say(c, "\n\t%s %ld:", seen[i].name, k);
			op_run(c, &s);
		}
	}
}
