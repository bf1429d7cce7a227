/*
 * io.h: reading and writing to the end; the one place that knows EINTR.
 */
#ifndef IO_H
#define IO_H

#include <sys/stat.h>
#include <sys/types.h>

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "cli/base/buf.h"

/* Run x again while a signal interrupts it. */
#define IO_RETRY(x) \
	__extension__({ \
		long io_result_; \
		do \
			io_result_ = (long)(x); \
		while (io_result_ == -1 && errno == EINTR); \
		io_result_; \
	})

/* From here on a write beyond the file size limit (ulimit -f) fails with EFBIG,
 * instead of killing us.  What we execute has its SIGXFSZ as it was. */
void io_oversize(void);

/* Write all n bytes.  0 or -1. */
int io_write(int fd, const void *p, size_t n);

/* Read up to cap bytes, less only at the end of the file.  -1: errno. */
ssize_t io_read(int fd, void *p, size_t cap);

/* statx(2) for the basic fields, and which attributes there are; where a
 * seccomp filter refuses that, fstatat(2), which gives no attributes.  0 or
 * -1. */
int io_statx(int dir, const char *path, int flags, struct statx *st);

/* Read a small file into buf of cap bytes with a NUL after it.  Its length (cut
 * at cap - 1), or -1. */
ssize_t io_file(const char *name, char *buf, size_t cap);

/* The same of /proc/PID/status.  Where that is longer, it is cut in its list of
 * groups, which has no end of its own (65,536), so that all other lines are there. */
ssize_t io_status(const char *name, char *buf, size_t cap);

/* Read fd to its end, or until the deadline (clock_now), into buf, with a NUL;
 * what does not fit is lost. */
void io_drain(int fd, char *buf, size_t cap, long long deadline);

/* Append a whole file, at most limit bytes, to b.  0 or -1 (EFBIG). */
int io_slurp(int fd, struct buf *b, size_t limit);

/* The result of a wait. */
enum io_result {
	IO_FAILED = -1, /* not known, errno: no fd has revents */
	IO_LATE,        /* time is up */
	IO_READY
};

/* poll(2) for ms (< 0: no limit), again after a signal.  It has other ways
 * where the kernel refuses that call.  FAILED comes after a pause, unless ms is
 * 0, so that a caller may try again without a busy loop. */
enum io_result io_poll(struct pollfd *p, size_t n, int ms);

/* As ppoll(2).  FAILED with EINTR: a signal that mask lets in has come.  Where the
 * kernel refuses that call it may be LATE too early. */
enum io_result io_poll_signals(struct pollfd *p, size_t n, int ms,
    const sigset_t *mask);

/* The same as io_poll for events on one fd. */
enum io_result io_wait(int fd, short events, int ms);

/* flock(2), LOCK_EX, tried again until the deadline (clock_now).  0; -1: errno,
 * EWOULDBLOCK if time was up. */
int io_lock(int fd, long long deadline);

/* The working directory; NULL: errno.  Unlike getcwd(3) it never allocates. */
char *io_cwd(char *buf, size_t cap);

/* The next entry of a folder; NULL: errno, 0 at its end. */
struct dirent *io_entry(DIR *d);

/* Close if it is open (>= 0) and set to -1; errno stays. */
void io_close(int *fd);

/* Close all descriptors from this number on but those in fds (-1: none).  It
 * needs no other descriptor: the limit may be reached.  A child that waits, or may
 * block, must keep neither a lock nor a connection of its parent's. */
void io_keep(unsigned int from, const int *fds, size_t n);

/* Whether the terminal, not a process, sent a signal that a signalfd(2) has
 * reported: then all processes of our group have had it. */
struct signalfd_siginfo;
bool io_from_terminal(const struct signalfd_siginfo *si);

#endif
