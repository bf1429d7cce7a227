/*
 * kernel_sock.c: sockets: create, bind, connect, close.
 */
#include <linux/netlink.h>
#include <linux/sockios.h>

#include "cli/base/compat.h"
#include "tests/sim/kernel_sock.h"
#include "tests/sim/world.h"

enum {
	TICK = 4 * MS         /* time limits of sockets are rounded up to it */
};

struct sock *socks_all;
size_t send_buffer;
unsigned somaxconn;

static struct sock *
sock_make(int family, int type)
{
	struct sock *s = kalloc(sizeof(*s));

	s->family = family;
	s->type = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	s->uid = now->uid;
	s->room = send_buffer;
	s->next = socks_all;
	socks_all = s;
	return s;
}

static long
sock_open(struct sock *s, int flags)
{
	s->inode = inode_new(FS_SOCK, S_IFSOCK | 0777);
	return fd_new(file_new(&sock_kind, s->inode, O_RDWR |
	    (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0), s), flags & SOCK_CLOEXEC, 0);
}

/* One empty packet at the front does not count. */
static bool
has_unread(const struct queue *q)
{
	const struct packet *p = q->first;

	return p && (p->n > p->at || p->next);
}

/* A connection that was never accepted is reset, as one with unread bytes. */
static void
sock_end(struct sock *s)
{
	struct sock **at = &socks_all, *one;

	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	s->closed = true;
	if (s->peer && s->type != SOCK_DGRAM) {
		s->peer->shut = SHUT_ALL;
		if (has_unread(&s->queue) || !s->inode)
			s->peer->error = ECONNRESET;
		wake(s->peer);
	}
	while ((one = s->waiting)) {
		s->waiting = one->waiting_next;
		sock_end(one);
	}
	while (s->queue.first)
		queue_drop(&s->queue);
	wake(&s->backlog);
}

static void sock_close(struct file *f) { sock_end(f->data); }

static int
sock_poll(struct file *f, const void **chan)
{
	const struct sock *s = f->data;
	int r = s->error ? POLLERR : 0;

	*chan = s;
	if (s->shut == SHUT_ALL ||
	    (s->state == ALONE && s->family == AF_UNIX &&
	    s->type != SOCK_DGRAM))
		r |= POLLHUP;
	if (s->shut & SHUT_IN)
		r |= POLLRDHUP | POLLIN;
	if (s->queue.first || s->waiting)
		r |= POLLIN;
	if (s->state != LISTENS && s->used * 4 <= s->room)
		r |= POLLOUT;
	return r;
}

static long
sock_ioctl(struct file *f, unsigned long request, void *arg)
{
	const struct sock *s = f->data;

	known(request == SIOCINQ);
	if (s->state == LISTENS)
		return -EINVAL;
	*(int *)arg = 0;
	for (const struct packet *p = s->queue.first; p; p = p->next) {
		*(int *)arg += (int)(p->n - p->at);
		if (s->type == SOCK_DGRAM)
			break;
	}
	return 0;
}

const struct file_kind sock_kind = { .name = "socket", .read = sock_read,
	.write = sock_write,
	.poll = sock_poll, .close = sock_close, .ioctl = sock_ioctl };

long
k_socket(int family, int type, int protocol)
{
	struct sock *s;

	if (family == AF_NETLINK && world_filters())
		return -EAFNOSUPPORT;
	s = sock_make(family, type);
	known(family == AF_UNIX ? !protocol : family == AF_NETLINK &&
	    s->type == SOCK_RAW && protocol == NETLINK_SOCK_DIAG);
	return sock_open(s, type);
}

static void
pair_make(struct sock *a, struct sock *b)
{
	a->peer = b;
	b->peer = a;
	a->state = b->state = CONNECTED;
}

long
k_socketpair(int family, int type, int protocol, int fds[2])
{
	long free = fd_free(0);
	struct sock *a, *b;

	known(family == AF_UNIX && !protocol);
	if (free < 0 || fd_free((int)free + 1) < 0)
		return -EMFILE;
	a = sock_make(family, type);
	b = sock_make(family, type);
	pair_make(a, b);
	a->peer_proc = b->peer_proc = now;
	fds[0] = (int)sock_open(a, type);
	fds[1] = (int)sock_open(b, type);
	return 0;
}

/* The length of an abstract name, or 0 and a path, which is ended by NUL. */
static size_t
address_read(const struct sockaddr *to, socklen_t n,
    char path[sizeof(struct sockaddr_un)])
{
	const struct sockaddr_un *sun = (const void *)to;
	size_t len = n - offsetof(struct sockaddr_un, sun_path);

	known(to->sa_family == AF_UNIX && len && len <= sizeof(sun->sun_path));
	memset(path, 0, sizeof(*sun));
	memcpy(path, sun->sun_path, len);
	return *path ? 0 : len;
}

static struct sock *
name_find(int type, const char *name, size_t len)
{
	struct sock *s = socks_all;

	while (s && (!s->bound || s->type != type ||
	    s->name_len != len || memcmp(s->name, name, s->name_len)))
		s = s->next;
	return s;
}

long
sock_bind(struct file *f, const struct sockaddr *to, socklen_t n)
{
	char name[sizeof(struct sockaddr_un)];
	struct sock *s = f->data;
	size_t len = address_read(to, n, name);
	struct inode *inode;
	long r;

	if (len && s->name_len)
		return -EINVAL;
	if (len && name_find(s->type, name, len))
		return -EADDRINUSE;
	if (!len) {
		r = name_make(AT_FDCWD, name, S_IFSOCK | 0777, &inode);
		if (r < 0)
			return r == -EEXIST ? -EADDRINUSE : r;
		if (s->name_len) { /* Linux looks only now */
			k_unlinkat(AT_FDCWD, name, 0);
			return -EINVAL;
		}
		inode->bound = s;
	}
	s->bound = true;
	s->name_len = len ? len : strlen(name) + 1;
	memcpy(s->name, name, s->name_len);
	return 0;
}

long
sock_listen(struct file *f, int backlog)
{
	struct sock *s = f->data;

	if (s->type == SOCK_DGRAM || s->family != AF_UNIX)
		return -EOPNOTSUPP;
	if (!s->name_len || s->state == CONNECTED)
		return -EINVAL;
	s->backlog = (unsigned)backlog > somaxconn ? (int)somaxconn : backlog;
	s->state = LISTENS;
	s->peer_proc = now;
	wake(&s->backlog);
	return 0;
}

/* The socket that has this name. */
static long
listener_find(int type, const char *name, size_t len, struct sock **found)
{
	struct inode *inode;
	long r;

	if (len) {
		*found = name_find(type, name, len);
		return *found ? 0 : -ECONNREFUSED;
	}
	r = path_find(AT_FDCWD, name, true, &inode);
	if (r == 0)
		r = inode_may(inode, W_OK);
	if (r < 0)
		return r;
	*found = inode->bound;
	if (!S_ISSOCK(inode->mode) || !*found || (*found)->closed)
		return -ECONNREFUSED;
	return (*found)->type == type ? 0 : -EPROTOTYPE;
}

/* The other end, which waits to be accepted. */
static void
connection_make(struct sock *s, struct sock *listener)
{
	struct sock *end = sock_make(AF_UNIX, s->type), **at;

	pair_make(s, end);
	end->peer_proc = now;
	s->peer_proc = listener->peer_proc;
	memcpy(end->name, listener->name, sizeof(end->name));
	end->name_len = listener->name_len;
	end->no_rights = listener->no_rights;
	for (at = &listener->waiting; *at; at = &(*at)->waiting_next)
		;
	*at = end;
	listener->nwaiting++;
	wake(listener);
}

long
sock_connect(struct file *f, const struct sockaddr *to, socklen_t n)
{
	struct sock *s = f->data, *listener = NULL;
	long long until = until_make(f, 0, s->send_limit);
	char name[sizeof(struct sockaddr_un)];
	size_t len = address_read(to, n, name);
	long r = 0;

	known(s->type != SOCK_DGRAM);
	for (; r == 0; r = wait_on(&listener->backlog, until)) {
		r = listener_find(s->type, name, len, &listener);
		if (r < 0)
			return r;
		if (listener->state != LISTENS || listener->shut & SHUT_IN)
			return -ECONNREFUSED;
		if (listener->nwaiting <= listener->backlog)
			break;
	}
	if (r < 0)
		return r;
	if (s->state != ALONE)
		return s->state == CONNECTED ? -EISCONN : -EINVAL;
	connection_make(s, listener);
	return 0;
}

long
file_accept4(struct file *f, struct sockaddr *to, socklen_t *n, int flags)
{
	struct sock *s = f->data, *one;
	long long until = until_make(f, 0, 0);
	long r = fd_free(0);

	known(!to && !n);
	if (r < 0 || f->kind != &sock_kind)
		return r < 0 ? r : -ENOTSOCK;
	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (s->state != LISTENS)
		return -EINVAL;
	while (!s->waiting) {
		r = s->shut & SHUT_IN && until ? -EINVAL : wait_on(s, until);
		if (r < 0)
			return r;
	}
	one = s->waiting;
	s->waiting = one->waiting_next;
	s->nwaiting--;
	wake(&s->backlog);
	return sock_open(one, flags);
}

long
sock_shutdown(struct file *f, int how)
{
	struct sock *s = f->data;
	int bits = how + 1;

	s->shut |= bits;
	wake(s);
	if (s->peer && s->type != SOCK_DGRAM) {
		s->peer->shut |= (bits & SHUT_IN ? SHUT_OUT : 0) |
		    (bits & SHUT_OUT ? SHUT_IN : 0);
		wake(s->peer);
	}
	return 0;
}

long
sock_getsockopt(struct file *f, int level, int name, void *value, socklen_t *n)
{
	struct proc *p = ((struct sock *)f->data)->peer_proc;
	long r;

	known(level == SOL_SOCKET && (name == SO_PEERPIDFD || name == SO_PEERCRED));
	if (name == SO_PEERCRED) {
		known(*n >= sizeof(struct ucred));
		*(struct ucred *)value = (struct ucred){ p ? pid_shown(p->pid) : 0,
			p ? p->uid : (uid_t)-1, p ? p->uid : (gid_t)-1 };
		return 0;
	}
	known(*n >= sizeof(int));
	if (old_kernel)
		return -ENOPROTOOPT;
	r = p ? pidfd_make(p) : -ENODATA;
	if (r < 0)
		return r;
	*(int *)value = (int)r;
	*n = sizeof(int);
	return 0;
}

long
sock_setsockopt(struct file *f, int level, int name, const void *value, socklen_t n)
{
	const struct timeval *limit = value;
	struct sock *s = f->data;

	known(level == SOL_SOCKET);
	known(name == SO_PASSRIGHTS ||
	    (name == SO_SNDTIMEO && n == sizeof(*limit)));
	if (name == SO_PASSRIGHTS && old_kernel)
		return -ENOPROTOOPT;
	if (name == SO_PASSRIGHTS)
		s->no_rights = !*(const int *)value;
	else
		s->send_limit = (NS_OF(*limit) + TICK - 1) / TICK * TICK;
	return 0;
}

const char *
sock_words(const struct file *f, const struct proc **to)
{
	const struct sock *s = f->data;

	*to = NULL;
	if (s->state == CONNECTED && s->peer && s->peer->name_len && !s->name_len)
		return CONNECTION "the keeper"; /* the listener */
	if (s->state == CONNECTED && s->peer_proc != now) {
		*to = s->peer_proc;
		return CONNECTION;
	}
	return s->family == AF_NETLINK ? "the kernel's list of sockets" :
	    s->state == CONNECTED ? "its pair of sockets" :
	    !s->bound ? "a socket" : s->name[0] ? "sock" : "its name";
}

int
names_held(const struct proc *of, const char *prefix)
{
	size_t n = strlen(prefix);
	int found = 0;

	EACH_PROC(p) for (int fd = 0; p->memory && fd < FDS; fd++) {
		const struct file *f = p->fds->file[fd];
		const struct sock *s = f ? f->data : NULL;

		found += (!of || p == of) && s && f->kind == &sock_kind && s->bound &&
		    s->name_len > n && !s->name[0] &&
		    !memcmp(s->name + 1, prefix, n);
	}
	return found;
}
