/*
 * io.c: reading and writing to the end; the one place that knows EINTR.
 *
 * Reads, writes and polls go on after a signal.
 */
#include <sys/file.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"

enum { LOCKED_US = 2000 }; /* until a lock may be free */

static void
oversize(int sig)
{
	(void)sig; /* the write fails with EFBIG */
}

void
io_oversize(void)
{
	struct sigaction sa = { .sa_handler = oversize }, old;

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

int
io_poll(struct pollfd *p, size_t n, int ms)
{
	long long end = ms > 0 ? clock_now() + ms : 0;
	int r;

	while ((r = poll(p, (nfds_t)n, ms)) < 0 && errno == EINTR) {
		if (ms > 0)
			ms = clock_left(end);
	}
	for (size_t i = 0; r < 0 && i < n; i++)
		p[i].revents = 0;
	return r;
}

int
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
