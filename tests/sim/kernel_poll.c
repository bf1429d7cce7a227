/*
 * kernel_poll.c: poll, timerfd, signalfd; ioctl.
 *
 * A file tells what is ready and what to sleep on.  A timerfd is not woken by
 * anybody: who sleeps for it sleeps until it is due.  A signalfd tells of the
 * process that looks, as Linux has it.
 */
#include <sys/signalfd.h>
#include <sys/timerfd.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "tests/sim/kernel.h"

#define MASKABLE (~(1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1)))

/*
 * timerfd.
 */

struct timer {
	bool wall;
	long long due; /* NEVER */
	long long every;
	uint64_t times; /* that it was due, unread */
};

static uint64_t
timer_look(struct timer *t)
{
	uint64_t times = 1;

	if (t->due > sim_clock)
		return t->times;
	if (t->every) {
		times += (uint64_t)((sim_clock - t->due) / t->every);
		t->due += (long long)times * t->every;
	} else {
		t->due = NEVER;
	}
	return t->times += times;
}

static long
timer_read(struct file *f, void *buf, size_t n)
{
	struct timer *t = f->data;
	const void *chan = t;
	long r;

	if (n < sizeof(t->times))
		return -EINVAL;
	while (!timer_look(t)) {
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = block(&chan, 1, t->due);
		if (r < 0 && r != -ETIME)
			return r;
	}
	memcpy(buf, &t->times, sizeof(t->times));
	t->times = 0;
	return sizeof(t->times);
}

static int
timer_poll(struct file *f, const void **chan)
{
	*chan = f->data;
	return timer_look(f->data) ? POLLIN : 0;
}

static const struct file_kind timer_kind = { .name = "anon_inode:[timerfd]",
	.read = timer_read, .poll = timer_poll };

static long
anon_new(const struct file_kind *kind, int flags, void *data)
{
	struct file *f = file_new(kind, O_RDWR | (flags & O_NONBLOCK), data);

	f->inode = inode_new(FS_ANON, 0600);
	f->inode->uid = f->inode->gid = 0;
	f->inode->ino = 1; /* they share one */
	return fd_new(f, flags & O_CLOEXEC, 0);
}

long
k_timerfd_create(int clock, int flags)
{
	struct timer *t = kalloc(sizeof(*t));

	if (clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME &&
	    clock != CLOCK_REALTIME)
		unknown("timerfd_create of clock %d", clock);
	t->wall = clock == CLOCK_REALTIME;
	t->due = NEVER;
	return anon_new(&timer_kind, flags, t);
}

static bool
is_time(const struct timespec *t)
{
	return t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < SECOND;
}

long
k_timerfd_settime(int fd, int flags, const struct itimerspec *to,
    struct itimerspec *old)
{
	struct file *f = fd_find(fd);
	struct timer *t;

	if (old || flags & ~TFD_TIMER_ABSTIME)
		unknown("timerfd_settime with flags %d, or old", flags);
	if (!f)
		return -EBADF;
	if (f->kind != &timer_kind || !is_time(&to->it_value) ||
	    !is_time(&to->it_interval))
		return -EINVAL;
	t = f->data;
	t->times = 0;
	t->every = time_of(&to->it_interval);
	t->due = time_of(&to->it_value);
	if (!t->due)
		t->due = NEVER;
	else if (!(flags & TFD_TIMER_ABSTIME))
		t->due += sim_clock;
	else if (t->wall)
		t->due -= WALL;
	wake(t);
	return 0;
}

/*
 * signalfd.
 */

static void
signal_tell(const siginfo_t *from, struct signalfd_siginfo *to)
{
	memset(to, 0, sizeof(*to));
	to->ssi_signo = (uint32_t)from->si_signo;
	to->ssi_code = from->si_code;
	if (from->si_code == SI_KERNEL)
		return;
	to->ssi_pid = (uint32_t)from->si_pid;
	to->ssi_uid = from->si_uid;
	if (from->si_signo == SIGCHLD)
		to->ssi_status = from->si_status;
}

static long
signals_read(struct file *f, void *buf, size_t n)
{
	struct signalfd_siginfo one;
	const void *chan = now;
	size_t done = 0;
	siginfo_t info;
	long r;

	if (n < sizeof(one))
		return -EINVAL;
	while (n - done >= sizeof(one)) {
		if (signal_take(now, *(uint64_t *)f->data, &info)) {
			signal_tell(&info, &one);
			memcpy((char *)buf + done, &one, sizeof(one));
			done += sizeof(one);
			continue;
		}
		if (done)
			break;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		r = block(&chan, 1, NEVER);
		if (r < 0)
			return r;
	}
	return (long)done;
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

	if (fd != -1)
		unknown("signalfd to change one");
	*set = signal_bits(mask) & MASKABLE;
	return anon_new(&signals_kind, flags, set);
}

/*
 * poll.
 */

/* What a poll sleeps on. */
struct sleep {
	const void *chans[CHANS];
	int n;
	long long until;
};

static void
sleep_add(struct sleep *s, const struct file *f, const void *chan)
{
	const struct timer *t = f->data;

	if (f->kind == &timer_kind && t->due < s->until)
		s->until = t->due;
	for (int i = 0; i < s->n; i++) {
		if (s->chans[i] == chan)
			return;
	}
	if (s->n == CHANS)
		unknown("poll of more than %d files", CHANS);
	s->chans[s->n++] = chan;
}

static short
poll_one(int fd, short events, struct sleep *s)
{
	const void *chan = NULL;
	struct file *f;
	int r;

	if (fd < 0)
		return 0;
	f = fd_find(fd);
	if (!f)
		return POLLNVAL;
	r = f->kind->poll ? f->kind->poll(f, &chan) : POLLIN | POLLOUT |
	    POLLRDNORM | POLLWRNORM;
	if (chan)
		sleep_add(s, f, chan);
	return (short)(r & (events | POLLERR | POLLHUP));
}

/* Files come before signals, and both before the time limit. */
static long
poll_until(struct pollfd *p, nfds_t n, long long until)
{
	struct sleep s;
	long ready, r;

	if (n > now->limits[RLIMIT_NOFILE].rlim_cur)
		return -EINVAL;
	for (;;) {
		s.n = 0;
		s.until = until;
		ready = 0;
		for (nfds_t i = 0; i < n; i++) {
			p[i].revents = poll_one(p[i].fd, p[i].events, &s);
			ready += p[i].revents != 0;
		}
		if (ready)
			return ready;
		if (signal_wanted(now))
			return -EINTR;
		if (until <= sim_clock)
			return 0;
		r = block(s.chans, s.n, s.until);
		if (r == -ERESTART)
			return -EINTR;
	}
}

long
k_poll(struct pollfd *p, nfds_t n, int ms)
{
	return poll_until(p, n, ms < 0 ? NEVER : sim_clock + ms * MS);
}

/* A signal that ends it is delivered under the mask; leave restores it. */
long
k_ppoll(struct pollfd *p, nfds_t n, const struct timespec *limit,
    const sigset_t *mask)
{
	long r;

	if (limit && !is_time(limit))
		return -EINVAL;
	if (mask) {
		now->saved_mask = now->blocked;
		now->restore_mask = true;
		now->blocked = signal_bits(mask) & MASKABLE;
	}
	r = poll_until(p, n, limit ? sim_clock + time_of(limit) : NEVER);
	if (mask && r != -EINTR) {
		now->blocked = now->saved_mask;
		now->restore_mask = false;
	}
	return r;
}

long
k_ioctl(int fd, unsigned long request, void *arg)
{
	struct file *f = fd_find(fd);

	if (!f)
		return -EBADF;
	return f->kind->ioctl ? f->kind->ioctl(f, request, arg) : -ENOTTY;
}
