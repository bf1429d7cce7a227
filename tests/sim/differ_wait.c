/*
 * differ_wait.c: what an actor can do that takes time, or asks for more than one
 * call tells.
 */
#include <sys/mman.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/un.h>

#include <linux/futex.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sched.h>
#include <stdlib.h>

#include "cli/base/compat.h"
#include "tests/sim/differ.h"

#define FD ((int)a[0])

/* How long a step may last that is to end by its time limit. */
#define SHORT_NS (3 * MS)

/* NULL: none. */
static const struct timespec *
limit_make(long limit, struct timespec *t)
{
	*t = (struct timespec){ limit == LONG ? 1000 : 0, limit == SHORT ? SHORT_NS : 0 };
	return limit == NONE ? NULL : t;
}

static long long
clock_of(struct actor *c)
{
	struct timespec t;

	c->k->clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

/* Whether it has lasted as long as it had to, though not how long. */
static void
lasted_say(struct actor *c, long long since, long long least)
{
	if (clock_of(c) - since < least)
		say(c, " early");
}

/* a: descriptor, events, what is blocked meanwhile or -1, limit */
OP(op_ppoll)
{
	struct pollfd p = { .fd = FD, .events = (short)a[1] };
	long long since = clock_of(c);
	struct timespec t;
	sigset_t mask;
	long r;

	sigemptyset(&mask);
	memcpy(&mask, &a[2], sizeof(a[2]));
	r = c->k->ppoll(&p, 1, limit_make(a[3], &t), a[2] == -1 ? NULL : &mask);
	if (told(c, r))
		say(c, " %x", p.revents);
	if (r == 0 && a[3] == SHORT)
		lasted_say(c, since, SHORT_NS);
	c->k->sigprocmask(SIG_BLOCK, NULL, &mask);
	say(c, " mask %lx", *(unsigned long *)&mask & ~(3UL << 31));
}

/* a: whether the value is as expected, limit */
OP(op_futex_wait)
{
	long long since = clock_of(c);
	struct timespec t;
	struct stat st;
	int *at = (int *)(void *)c->map;
	long r;

	/* Behind the end of the file there is no memory. */
	if (!at || c->k->fstat(MAPPED, &st) || !st.st_size)
		return;
	r = c->k->futex(at, FUTEX_WAIT, a[0] ? *at : *at + 1, limit_make(a[1], &t));
	told(c, r);
	if (r == -ETIMEDOUT && a[1] == SHORT)
		lasted_say(c, since, SHORT_NS);
}

OP(op_futex_wake)
{
	if (c->map)
		told(c, c->k->futex((int *)(void *)c->map, FUTEX_WAKE, 1, NULL));
}

/* a: limit */
OP(op_nanosleep)
{
	long long since = clock_of(c);
	struct timespec t;

	if (told(c, c->k->nanosleep(limit_make(a[0], &t), NULL)) && a[0] == SHORT)
		lasted_say(c, since, SHORT_NS);
}

/* SIGALRM is delivered within ppoll, however late that begins. */
OP(op_alarm)
{
	struct itimerval after = { .it_value.tv_usec = SHORT_NS / 1000 }, none = { 0 };
	long long since = clock_of(c);
	sigset_t alarm, was;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	c->k->sigprocmask(SIG_BLOCK, &alarm, &was);
	told(c, c->k->setitimer(ITIMER_REAL, &after, NULL));
	sigdelset(&was, SIGALRM);
	told(c, c->k->ppoll(NULL, 0, NULL, &was));
	c->k->setitimer(ITIMER_REAL, &none, NULL);
	c->k->sigprocmask(SIG_SETMASK, &was, NULL);
	say(c, " rang %d", c->handled[SIGALRM]);
	lasted_say(c, since, SHORT_NS);
}

/* When the second is due, the first one is, and the last is not. */
OP(op_timers)
{
	static const long after[] = { 1, 2, 0, 1000000 }; /* of SHORT_NS; 0: never */
	enum { N = sizeof(after) / sizeof(*after) };
	long long since = clock_of(c);
	struct pollfd p[N];
	struct timespec t;

	for (int i = 0; i < N; i++) {
		struct itimerspec due = { .it_value = { after[i] * SHORT_NS / SECOND,
		    after[i] * SHORT_NS % SECOND } };

		p[i] = (struct pollfd){ .events = POLLIN,
			.fd = (int)c->k->timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC) };
		told(c, c->k->timerfd_settime(p[i].fd, 0, &due, NULL));
	}
	told(c, c->k->ppoll(&p[1], 1, NULL, NULL));
	lasted_say(c, since, after[1] * SHORT_NS);
	told(c, c->k->ppoll(p, N, limit_make(ZERO, &t), NULL));
	for (int i = 0; i < N; i++) {
		say(c, " %d", p[i].revents);
		c->k->close(p[i].fd);
	}
}

OP(op_pidfd_info)
{
	struct pidfd_info info = { .mask = PIDFD_INFO_EXIT };

	if (type_of(c, FD) == S_IFSOCK) /* these have others */
		return;
	if (!told(c, c->k->ioctl(FD, PIDFD_GET_INFO, &info)))
		return;
	say(c, " exit %d", (info.mask & PIDFD_INFO_EXIT) != 0);
	if (info.mask & PIDFD_INFO_EXIT)
		say(c, " %x", (unsigned)info.exit_code);
}

/* a: pidfd, which one */
OP(op_pidfd_namespace)
{
	static const unsigned long of[] = { PIDFD_GET_PID_NAMESPACE,
		PIDFD_GET_MNT_NAMESPACE, PIDFD_GET_NET_NAMESPACE,
		PIDFD_GET_USER_NAMESPACE };
	long fd = type_of(c, FD) == S_IFSOCK ? -1 : c->k->ioctl(FD, of[a[1]], NULL);

	if (fd == -1 || !told(c, fd))
		return;
	told(c, c->k->fcntl((int)fd, F_GETFD, 0));
	link_say(c, fd_path((int)fd));
	c->k->close((int)fd);
}

/* a: pidfd, descriptor */
OP(op_pidfd_getfd)
{
	long fd = c->k->pidfd_getfd(FD, (int)a[1], 0);

	got(c, fd, '?');
	if (fd >= 0)
		told(c, c->k->fcntl((int)fd, F_GETFD, 0));
}

static int
cloned_run(void *arg)
{
	struct actor *c = arg;

	c->k->close(c->cloned_fd);
	return 7;
}

/* A child on the same memory; we go on once it has exited.  a: descriptor that it
 * closes, whether all descriptors are shared */
OP(op_clone)
{
	static char stack[65536] __attribute__((aligned(16)));
	long pid;
	int status = 0;

	c->cloned_fd = FD;
	pid = c->k->clone(cloned_run, stack + sizeof(stack), SIGCHLD | CLONE_VM |
	    CLONE_VFORK | (a[1] ? CLONE_FILES : 0), c);
	told(c, pid);
	told(c, c->k->waitpid((pid_t)pid, &status, 0));
	say(c, " status %x", (unsigned)status);
	told(c, c->k->fcntl(FD, F_GETFD, 0));
}

/* a: as many at most */
OP(op_nofile)
{
	struct rlimit l = { (rlim_t)a[0], LIMIT };

	told(c, c->k->setrlimit(RLIMIT_NOFILE, &l));
	told(c, c->k->getrlimit(RLIMIT_NOFILE, &l));
	say(c, " %lu %lu", l.rlim_cur, l.rlim_max);
}

/* a: socket, limit */
OP(op_limit)
{
	struct timespec t;
	struct timeval tv = { 0 };

	if (type_of(c, FD) == S_IFSOCK && limit_make(a[1], &t))
		tv = (struct timeval){ t.tv_sec, t.tv_nsec / 1000 };
	told(c, c->k->setsockopt(FD, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv)));
}

/* a: folder, path, flags */
OP(op_statx)
{
	struct statx st;

	if (!told(c, c->k->statx(FD, (const char *)argument_make('n', a[1]),
	    (int)a[2] | AT_STATX_DONT_SYNC, STATX_BASIC_STATS, &st)))
		return;
	say(c, " #%d #%d mode %o of %u %u nlink %u", token(c, makedev(st.stx_dev_major,
	    st.stx_dev_minor), 0), token(c, makedev(st.stx_dev_major, st.stx_dev_minor),
	    st.stx_ino), st.stx_mode, st.stx_uid, st.stx_gid, st.stx_nlink);
	say(c, " mask %x root %d %d", st.stx_mask & STATX_BASIC_STATS,
	    (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0,
	    (st.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0);
}

OP(op_statfs)
{
	struct statfs st;

	if (told(c, c->k->fstatfs(FD, &st)))
		say(c, " %lx", (unsigned long)st.f_type);
}

/* A socket of the list, by netlink. */
static void
socket_say(struct actor *c, const struct nlmsghdr *h)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	long n = (long)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	const struct rtattr *r = (const void *)(m + 1);
	char *to = line_new();

	to += sprintf(to, "diag %d #%d", m->udiag_type, token_known(c, m->udiag_ino));
	for (; RTA_OK(r, n); r = RTA_NEXT(r, n)) {
		const char *name = RTA_DATA(r);
		int len = (int)RTA_PAYLOAD(r);

		if (r->rta_type == UNIX_DIAG_UID)
			to += sprintf(to, " of %u", *(const unsigned *)(const void *)name);
		if (r->rta_type == UNIX_DIAG_NAME)
			to += sprintf(to, " @%d%.*s", len, len - !*name, name + !*name);
	}
}

/* All unix sockets, as netlink and /proc have them. */
OP(op_sockets)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req r;
	} ask = { { sizeof(ask), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0 },
		{ .sdiag_family = AF_UNIX, .udiag_states = ~0U,
		    .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID } };
	static char list[32768] __attribute__((aligned(16)));
	int fd = (int)c->k->socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	const struct nlmsghdr *h;
	char *at, type[8], name[120];
	unsigned long ino;
	bool more = told(c, c->k->send(fd, &ask, sizeof(ask), 0));
	long n;

	while (more && (n = c->k->recv(fd, list, sizeof(list), 0)) > 0) {
		for (h = (const void *)list; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			more &= h->nlmsg_type == SOCK_DIAG_BY_FAMILY;
			if (more)
				socket_say(c, h);
		}
	}
	c->k->close(fd);
	while ((at = proc_next(c, c->k->getpid(), "net/unix", "\n"))) {
		*name = '\0';
		if (sscanf(at, "%*s %*s %*s %*s %7s %*s %lu %119s", type, &ino, name) >= 2 &&
		    ino)
			sprintf(line_new(), "unix %s #%d %s", type, token_known(c, ino), name);
	}
	lines_say(c);
}
