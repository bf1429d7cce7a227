/*
 * kernel_poll.c: poll, timerfd, signalfd; ioctl.
 *
 * A file tells what is ready and what to sleep on.  Nothing wakes a timerfd:
 * its sleepers sleep until it is due.  A signalfd shows the signals of the
 * process that looks, as on Linux.
 */
#include <sys/signalfd.h>

#include "tests/sim/kernel.h"
#include "tests/sim/world.h"

static int
timer_poll(struct file *f, const void **chan)
{
	*chan = f->data;
	return *(long long *)f->data <= sim_clock ? POLLIN : 0;
}

static const struct file_kind timer_kind = { .name = "anon_inode:[timerfd]",
	.poll = timer_poll };

long
anon_new(const struct file_kind *kind, int flags, void *data)
{
	struct inode *inode = inode_new(FS_ANON, 0600);

	inode->uid = 0;
	inode->ino = 1; /* they share one */
	return fd_new(file_new(kind, inode, O_RDWR | (flags & O_NONBLOCK),
	    data), flags & O_CLOEXEC, 0);
}

long
k_timerfd_create(int clock, int flags)
{
	long long *due = kalloc(sizeof(*due));

	known(clock == CLOCK_MONOTONIC);
	*due = NEVER;
	return anon_new(&timer_kind, flags, due);
}

long
file_timerfd_settime(struct file *f, int flags, const struct itimerspec *to,
    struct itimerspec *old)
{
	long long time = time_of(&to->it_value), *due = f->data;

	known(f->kind == &timer_kind && !old && !flags);
	known(!time_of(&to->it_interval));
	*due = time ? sim_clock + time : NEVER;
	wake(due);
	return 0;
}

static long
signals_read(struct file *f, void *buf, size_t n)
{
	struct signalfd_siginfo *to = buf;
	size_t got = 0;
	siginfo_t info;

	if (n < sizeof(*to))
		return -EINVAL;
	known(f->flags & O_NONBLOCK);
	for (; got < n / sizeof(*to) &&
	    signal_take(now, *(uint64_t *)f->data, &info); got++)
		to[got] = (struct signalfd_siginfo){
			.ssi_signo = (uint32_t)info.si_signo,
			.ssi_code = info.si_code,
			.ssi_pid = (uint32_t)info.si_pid, .ssi_uid = info.si_uid,
			.ssi_status = info.si_signo == SIGCHLD ? info.si_status : 0
		};
	return got ? (long)(got * sizeof(*to)) : -EAGAIN;
}

static int
signals_poll(struct file *f, const void **chan)
{
	*chan = now;
	return now->pending & *(uint64_t *)f->data ? POLLIN : 0;
}

static const struct file_kind signals_kind = { .name = "anon_inode:[signalfd]",
	.read = signals_read, .poll = signals_poll };

long
k_signalfd(int fd, const sigset_t *mask, int flags)
{
	uint64_t *set = kalloc(sizeof(*set));

	known(fd == -1);
	*set = signal_bits(mask) & ~UNMASKABLE;
	return anon_new(&signals_kind, flags, set);
}

/* What is ready of it; a channel to sleep on, and until when at most. */
static short
poll_one(const struct pollfd *p, const void **chan, long long *until)
{
	struct file *f = p->fd < 0 ? NULL : fd_find(p->fd);
	int r = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;

	if (!f)
		return p->fd < 0 ? 0 : POLLNVAL;
	if (f->kind->poll)
		r = f->kind->poll(f, chan);
	if (f->kind == &timer_kind && *(long long *)f->data < *until)
		*until = *(long long *)f->data;
	return (short)(r & (p->events | POLLERR | POLLHUP));
}

/* Files come before signals, and both before the time limit. */
static long
poll_until(struct pollfd *p, nfds_t n, long long limit)
{
	const void *chans[CHANS];
	long long until;
	long ready, r = 0;
	int nchans;

	for (;;) {
		until = limit;
		ready = nchans = 0;
		for (nfds_t i = 0; i < n; i++) {
			known(nchans < CHANS);
			chans[nchans] = NULL;
			p[i].revents = poll_one(&p[i], &chans[nchans], &until);
			nchans += chans[nchans] != NULL;
			ready += p[i].revents != 0;
		}
		if (ready)
			return ready;
		if (r == -ERESTART || signal_wanted(now))
			return -EINTR;
		if (limit <= sim_clock)
			return 0;
		r = block(chans, nchans, until);
	}
}

/* A signal that ends it is delivered under the mask; leave restores it. */
long
k_ppoll(struct pollfd *p, nfds_t n, const struct timespec *limit,
    const sigset_t *mask)
{
	long r;

	if (n > (nfds_t)fd_limit())
		return -EINVAL;
	world_polls(p, n, !limit);
	if (n > 9 && world_fault(POLL_MANY)) /* for few it needs no memory */
		return -ENOMEM;
	if (mask) {
		now->saved_mask = now->blocked;
		now->restore_mask = true;
		now->blocked = signal_bits(mask) & ~UNMASKABLE;
		signals_ignored_drop();
	}
	r = poll_until(p, n, limit ? sim_clock + time_of(limit) : NEVER);
	if (mask && r != -EINTR) {
		now->blocked = now->saved_mask;
		now->restore_mask = false;
	}
	return r;
}

long
file_ioctl(struct file *f, unsigned long request, void *arg)
{
	return f->kind->ioctl ? f->kind->ioctl(f, request, arg) : -ENOTTY;
}
