/*
 * io.c: reading and writing to the end; the one place that knows EINTR.
 *
 * Reads, writes and polls continue after a signal.
 */
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"

enum {
	LOCKED_US = 2000, /* until a lock may be free */
	LOOK_MS = 20      /* between looks where nothing can be waited for */
};

static void
oversize_ignore(int sig)
{
	(void)sig; /* the write fails with EFBIG */
}

void
io_oversize(void)
{
	struct sigaction sa = { .sa_handler = oversize_ignore }, old;

	/* Set a handler: execve(2) resets it for the program, and it makes a
	 * SIGXFSZ harmless that was blocked and pending, as SIG_DFL would not.
	 * If SIGXFSZ was ignored, it has to stay so. */
	sigaction(SIGXFSZ, &sa, &old);
	if (old.sa_handler == SIG_IGN)
		sigaction(SIGXFSZ, &old, NULL);
}

int
io_write(int fd, const void *p, size_t n)
{
	const char *at = p;
	ssize_t k;

	for (; n; at += k, n -= (size_t)k) {
		k = IO_RETRY(write(fd, at, n));
		if (k < 0)
			return -1;
	}
	return 0;
}

ssize_t
io_read(int fd, void *p, size_t cap)
{
	size_t got = 0;
	ssize_t k;

	while (got < cap) {
		k = IO_RETRY(read(fd, (char *)p + got, cap - got));
		if (k < 0)
			return -1;
		if (!k)
			break;
		got += (size_t)k;
	}
	return (ssize_t)got;
}

int
io_statx(int dir, const char *path, int flags, struct statx *st)
{
	struct stat it;

	if (statx(dir, path, flags, STATX_BASIC_STATS, st) == 0)
		return 0;
	/* libc answers EINVAL for ENOSYS, since it cannot do all flags. */
	if ((errno != ENOSYS && errno != EPERM && errno != EINVAL) ||
	    fstatat(dir, path, &it, flags & ~AT_STATX_DONT_SYNC) < 0)
		return -1;
	*st = (struct statx){ .stx_mode = (uint16_t)it.st_mode,
		.stx_uid = it.st_uid, .stx_gid = it.st_gid,
		.stx_nlink = (uint32_t)it.st_nlink, .stx_ino = it.st_ino,
		.stx_size = (uint64_t)it.st_size,
		.stx_dev_major = major(it.st_dev),
		.stx_dev_minor = minor(it.st_dev) };
	return 0;
}

ssize_t
io_file(const char *name, char *buf, size_t cap)
{
	int fd = open(name,
	    O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
	ssize_t n;

	buf[0] = '\0';
	if (fd < 0)
		return -1;
	n = io_read(fd, buf, cap - 1);
	if (n >= 0)
		buf[n] = '\0';
	io_close(&fd);
	return n;
}

ssize_t
io_status(const char *name, char *buf, size_t cap)
{
	static const char groups[] = "\nGroups:";
	int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	char *at, *end;
	size_t n = 0;
	ssize_t k;

	buf[0] = '\0';
	if (fd < 0)
		return -1;
	while ((k = io_read(fd, buf + n, cap - 1 - n)) > 0) {
		n += (size_t)k;
		buf[n] = '\0';
		if (n < cap - 1 || !(at = strstr(buf, groups)))
			break;
		at += sizeof(groups) - 1;
		end = strchrnul(at, '\n');
		n -= (size_t)(end - at);
		memmove(at, end, (size_t)(buf + n - at) + 1);
	}
	io_close(&fd);
	return k < 0 ? -1 : (ssize_t)n;
}

void
io_drain(int fd, char *buf, size_t cap, long long deadline)
{
	char lost[512];
	size_t n = 0, room;
	ssize_t k;

	do {
		room = cap - 1 - n;
		if (io_wait(fd, POLLIN, clock_left(deadline)) <= 0) {
			k = -1;
		} else if (room) {
			k = IO_RETRY(read(fd, buf + n, room));
			n += k > 0 ? (size_t)k : 0;
		} else {
			k = IO_RETRY(read(fd, lost, sizeof(lost)));
		}
	} while (k > 0);
	buf[n] = '\0';
}

int
io_slurp(int fd, struct buf *b, size_t limit)
{
	ssize_t k;

	do {
		if (b->len > limit) {
			errno = EFBIG;
			return -1;
		}
		if (b->len == b->cap && buf_room(b, 4096) < 0)
			return -1;
		k = IO_RETRY(read(fd, b->at + b->len, b->cap - b->len));
		if (k < 0)
			return -1;
		b->len += (size_t)k;
	} while (k);
	return 0;
}

/*
 * Where a filter of system calls refuses poll(2), ppoll(2) does the same; where
 * it refuses both, we look at each descriptor, sleep, and look again.
 */

enum seen {
	SEEN_NOTHING,
	SEEN_EVENT,
	SEEN_PERHAPS, /* the reader will know, and does not block */
	SEEN_UNKNOWN
};

/* Whether fd is the pidfd of a process that has exited: 1; 0: it has not; -1:
 * fd is no pidfd, or that is not known. */
static int
pidfd_look(int fd)
{
	char path[64], text[4096], *at;
	long pid;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	if (io_file(path, text, sizeof(text)) < 0 ||
	    !(at = strstr(text, "\nPid:\t")))
		return -1;
	pid = strtol(at + 6, NULL, 10);
	if (pid <= 0)
		return pid < 0 ? 1 : -1; /* reaped; or not visible here */
	snprintf(path, sizeof(path), "/proc/%ld/status", pid);
	if (io_status(path, text, sizeof(text)) <= 0)
		return errno == ENOENT || errno == ESRCH ? 1 : -1;
	/* Its first thread may end before the others. */
	return (strstr(text, "\nState:\tZ") || strstr(text, "\nState:\tX")) &&
	    strstr(text, "\nThreads:\t1\n");
}

static enum seen
socket_look(struct pollfd *p, ssize_t peeked)
{
	char byte;

	if (peeked > 0)
		p->revents = p->events & POLLIN;
	else if (!peeked)
		p->revents = (short)(POLLHUP |
		    (p->events & (POLLIN | POLLRDHUP)));
	else if (errno == EINVAL || errno == ENOTCONN) /* it listens */
		p->revents = p->events & POLLIN;
	else if (errno != EAGAIN)
		p->revents = POLLERR;
	if (peeked < 0 && p->revents & POLLIN)
		return SEEN_PERHAPS;
	if (p->events & POLLPRI && recv(p->fd, &byte, 1,
	    MSG_OOB | MSG_PEEK | MSG_DONTWAIT) == 1)
		p->revents |= POLLPRI;
	if (p->revents || !(p->events & POLLOUT))
		return p->revents ? SEEN_EVENT : SEEN_NOTHING;
	p->revents = POLLOUT;
	return SEEN_PERHAPS;
}

static enum seen
fd_look(struct pollfd *p)
{
	int flags, ended, left;
	ssize_t peeked;
	char byte;

	p->revents = 0;
	if (p->fd < 0)
		return SEEN_NOTHING;
	flags = fcntl(p->fd, F_GETFL);
	if (flags < 0) {
		p->revents = POLLNVAL;
		return SEEN_EVENT;
	}
	peeked = recv(p->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
	if (peeked >= 0 || errno != ENOTSOCK)
		return socket_look(p, peeked);
	ended = pidfd_look(p->fd);
	if (ended == 1 || (ended < 0 && p->events & POLLIN &&
	    ioctl(p->fd, FIONREAD, &left) == 0 && left > 0))
		p->revents = p->events & POLLIN;
	if (ended >= 0 || p->revents)
		return p->revents ? SEEN_EVENT : SEEN_NOTHING;
	if (!(flags & O_NONBLOCK))
		return SEEN_UNKNOWN;
	p->revents = p->events & (POLLIN | POLLOUT);
	return p->revents ? SEEN_PERHAPS : SEEN_NOTHING;
}

/* Look at all.  perhaps: what may be an event counts as one. */
static enum io_result
all_look(struct pollfd *p, size_t n, bool perhaps)
{
	bool event = false, unknown = false;

	for (size_t i = 0; i < n; i++) {
		switch (fd_look(&p[i])) {
		case SEEN_EVENT:
			event = true;
			break;
		case SEEN_PERHAPS:
			event |= perhaps;
			p[i].revents = perhaps ? p[i].revents : 0;
			break;
		case SEEN_UNKNOWN:
			unknown = true;
			break;
		case SEEN_NOTHING:
			break;
		}
	}
	return event ? IO_READY : unknown ? IO_FAILED : IO_LATE;
}

/* Wait until end (ms in all).  If there may be an event, or that is not known,
 * return only after a pause, unless ms is 0. */
static enum io_result
look_wait(struct pollfd *p, size_t n, int ms, long long end)
{
	enum io_result r = all_look(p, n, !ms);
	int err = errno, left;

	while (ms && r != IO_READY) {
		left = ms < 0 ? LOOK_MS : clock_left(end);
		if (!left)
			break;
		clock_sleep((left < LOOK_MS ? left : LOOK_MS) * 1000L);
		r = all_look(p, n, true);
		if (r == IO_FAILED)
			break;
	}
	errno = err;
	return r;
}

enum io_result
io_poll(struct pollfd *p, size_t n, int ms)
{
	long long end = ms > 0 ? clock_now() + ms : 0;
	struct timespec ts;
	int r;

	for (;;) {
		r = poll(p, (nfds_t)n, ms);
		if (r < 0 && errno != EINTR) {
			ts.tv_sec = ms / 1000;
			ts.tv_nsec = ms % 1000 * 1000000L;
			r = ppoll(p, (nfds_t)n, ms < 0 ? NULL : &ts, NULL);
		}
		if (r >= 0)
			return r ? IO_READY : IO_LATE;
		if (errno != EINTR)
			return look_wait(p, n, ms, end);
		if (ms > 0)
			ms = clock_left(end);
	}
}

/* Let signals in that are blocked, and not in mask.  Whether one has come. */
static bool
signals_take(const sigset_t *mask)
{
	sigset_t pending, was;
	bool came = false;

	sigpending(&pending);
	for (int sig = 1; sig < NSIG; sig++)
		came |= sigismember(&pending, sig) == 1 &&
		    sigismember(mask, sig) != 1;
	sigprocmask(SIG_SETMASK, mask, &was);
	sigprocmask(SIG_SETMASK, &was, NULL);
	return came;
}

enum io_result
io_poll_signals(struct pollfd *p, size_t n, int ms, const sigset_t *mask)
{
	const struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };
	int count = ppoll(p, (nfds_t)n, ms < 0 ? NULL : &ts, mask);
	enum io_result r;

	if (count >= 0)
		return count ? IO_READY : IO_LATE;
	if (errno == EINTR)
		return IO_FAILED;
	/* No other call lets signals in just while it waits: never wait long. */
	r = io_poll(p, n, ms < 0 || ms > LOOK_MS ? LOOK_MS : ms);
	if (!signals_take(mask) || r == IO_READY)
		return r;
	errno = EINTR;
	return IO_FAILED;
}

enum io_result
io_wait(int fd, short events, int ms)
{
	struct pollfd p = { fd, events, 0 };

	return io_poll(&p, 1, ms);
}

int
io_lock(int fd, long long deadline)
{
	while (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -1;
		if (!clock_left(deadline)) {
			errno = EWOULDBLOCK;
			return -1;
		}
		clock_sleep(LOCKED_US);
	}
	return 0;
}

char *
io_cwd(char *buf, size_t cap)
{
	long n = syscall(SYS_getcwd, buf, cap);

	if (n < 0)
		return NULL;
	if (*buf == '/')
		return buf;
	errno = ENOENT; /* the folder is outside of our root */
	return NULL;
}

struct dirent *
io_entry(DIR *d)
{
	errno = 0;
	return readdir(d);
}

void
io_close(int *fd)
{
	int err = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = err;
}

static void
range_close(unsigned int from, unsigned int to)
{
	if (syscall(SYS_close_range, from, to, 0) == 0)
		return;
	/* Before Linux 5.9. */
	if (to == ~0U)
		closefrom((int)from);
	else
		for (; from <= to; from++)
			close((int)from);
}

void
io_keep(unsigned int from, const int *fds, size_t n)
{
	for (;;) {
		unsigned int next = ~0U;

		for (size_t i = 0; i < n; i++) {
			unsigned int fd = (unsigned int)fds[i];

			if (fds[i] >= 0 && fd >= from && fd < next)
				next = fd;
		}
		if (next == ~0U)
			break;
		if (next > from)
			range_close(from, next - 1);
		from = next + 1;
	}
	range_close(from, ~0U);
}

bool
io_from_terminal(const struct signalfd_siginfo *si)
{
	return si->ssi_code == SI_KERNEL &&
	    (si->ssi_signo != SIGHUP || getsid(0) != getpid());
}
