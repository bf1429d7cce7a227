/*
 * kernel_sock.c: sockets and pipes of the simulated kernel.
 *
 * What is sent lies in a queue of the receiver, as packets: each has its bytes,
 * the open files that travel with it, and what it costs the sender's buffer.
 * A pipe is such a queue too.  No call keeps a reference while it sleeps: its
 * process may be killed there, and nobody would drop it.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/sockios.h>
#include <linux/unix_diag.h>
#include <string.h>
#include <unistd.h>

#include "tests/sim/kernel.h"
#include "tests/sim/kernel_file.h"
#include "tests/sim/world.h"

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SO_PASSRIGHTS
#define SO_PASSRIGHTS 83
#endif

enum {
	SEND_BUFFER = 212992, /* net.core.wmem_default */
	SEND_CHUNK = 36544,   /* the most in one packet of a stream */
	SOMAXCONN_NOW = 4096, /* net.core.somaxconn */
	PIPE_SIZE = 65536,
	RIGHTS = 8,           /* files in one message at most */
	TICK = 4 * MS,        /* time limits of sockets are rounded up to it */
	SHUT_IN = 1,
	SHUT_OUT = 2,
	SHUT_ALL = 3
};

struct rights {
	struct file *file[RIGHTS];
	int n;
	const struct sock *from;
};

struct packet {
	struct packet *next;
	struct sock *from; /* whose buffer it is in; NULL: a pipe */
	size_t charge;     /* what it takes there */
	size_t at, n;
	struct rights rights;
	char data[];
};

struct queue {
	struct packet *first, *last;
	size_t bytes;
};

enum sock_state { ALONE, LISTENS, CONNECTED };

/* More than a dozen members: what a kernel knows of a socket. */
struct sock {
	int family, type;
	enum sock_state state;
	struct inode *inode; /* NULL: not accepted yet */
	struct sock *next;   /* in the list of all */
	uid_t uid;           /* that made it */
	bool closed;
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	size_t name_len;     /* of an abstract name, the first NUL too; of a
	                      * path, the last one */
	bool bound;          /* its name is its own, not its listener's */
	struct sock *peer;   /* it may be closed */
	struct ucred cred;   /* the peer's */
	struct proc *peer_proc;
	struct sock *waiting, *waiting_next; /* connections to be accepted */
	int nwaiting, backlog;
	struct queue queue;
	size_t used;         /* of its send buffer */
	int shut;
	int error;           /* the next call returns it */
	long long send_limit; /* ns; 0: none */
	bool no_rights;
	unsigned long cursor; /* of a list of sockets: after this key */
	bool listing;
};

struct pipe {
	struct queue queue;
	int readers, writers;
};

static struct sock *all;

void
socks_begin(void)
{
	all = NULL;
}

/*
 * Queues.
 */

static struct packet *
queue_put(struct queue *q, const void *data, size_t n)
{
	struct packet *p = kalloc(sizeof(*p) + n);

	if (n)
		memcpy(p->data, data, n);
	p->n = n;
	if (q->first)
		q->last->next = p;
	else
		q->first = p;
	q->last = p;
	q->bytes += n;
	return p;
}

/* Remove the first packet: its files are closed, the sender has room. */
static void
queue_drop(struct queue *q)
{
	struct packet *p = q->first;

	q->first = p->next;
	q->bytes -= p->n - p->at;
	for (int i = 0; i < p->rights.n; i++)
		file_put(p->rights.file[i]);
	if (!p->from)
		return;
	p->from->used -= p->charge;
	if (p->from->used * 4 <= SEND_BUFFER)
		wake(p->from);
}

/* The files of a packet go to the receiver; a peek shares them. */
static void
rights_take(struct packet *p, struct rights *got, bool peek)
{
	if (!got->from)
		got->from = p->from;
	if (!p->rights.n)
		return;
	memcpy(got->file, p->rights.file, sizeof(got->file));
	got->n = p->rights.n;
	for (int i = 0; peek && i < got->n; i++)
		got->file[i]->refs++;
	if (!peek)
		p->rights.n = 0;
}

/* Bytes as of a stream: what came with files ends the read.  A peek looks for
 * files in the packets after the last byte too, as Linux does. */
static long
queue_take(struct queue *q, char *buf, size_t n, bool peek,
    struct rights *got)
{
	struct packet *p = q->first, *next;
	size_t done = 0, k;

	for (; p && (done < n || !n || peek) && !got->n; p = next) {
		next = p->next;
		k = p->n - p->at;
		if (k > n - done)
			k = n - done;
		memcpy(buf + done, p->data + p->at, k);
		done += k;
		rights_take(p, got, peek);
		if (peek)
			continue;
		p->at += k;
		q->bytes -= k;
		if (p->at == p->n)
			queue_drop(q);
		if (!n)
			break;
	}
	return (long)done;
}

/* When a call that may block gives up; 0: it may not. */
static long long
until_make(const struct file *f, int flags, long long limit)
{
	if (f->flags & O_NONBLOCK || flags & MSG_DONTWAIT)
		return 0;
	return limit ? sim_clock + limit : NEVER;
}

/* Sleep.  0: look again. */
static long
wait_on(const void *chan, long long until)
{
	long r;

	if (until <= sim_clock)
		return -EAGAIN;
	r = block(&chan, 1, until);
	if (r == -ERESTART && until != NEVER)
		return -EINTR;
	return r == -ETIME ? 0 : r;
}

/*
 * Pipes.
 */

static long
pipe_read(struct file *f, void *buf, size_t n)
{
	struct pipe *p = f->data;
	struct rights none = { .n = 0 };
	long r;

	if ((f->flags & O_ACCMODE) != O_RDONLY)
		return -EBADF;
	while (n && !p->queue.bytes) {
		if (!p->writers)
			return 0;
		r = wait_on(p, until_make(f, 0, 0));
		if (r < 0)
			return r;
	}
	r = queue_take(&p->queue, buf, n, false, &none);
	wake(p);
	return r;
}

/* At most PIPE_BUF bytes go in at once, or not. */
static long
pipe_write(struct file *f, const void *buf, size_t n)
{
	struct pipe *p = f->data;
	size_t done = 0, k;
	long r = 0;

	if ((f->flags & O_ACCMODE) != O_WRONLY)
		return -EBADF;
	while (done < n && r == 0) {
		k = PIPE_SIZE - p->queue.bytes;
		if (k > n - done)
			k = n - done;
		if (!p->readers) {
			signal_send(now, SIGPIPE, NULL);
			r = -EPIPE;
		} else if (k && (n > PIPE_BUF || k == n)) {
			queue_put(&p->queue, (const char *)buf + done, k);
			done += k;
			wake(p);
		} else {
			r = wait_on(p, until_make(f, 0, 0));
		}
	}
	return done ? (long)done : r;
}

static int
pipe_poll(struct file *f, const void **chan)
{
	const struct pipe *p = f->data;

	*chan = p;
	if ((f->flags & O_ACCMODE) == O_RDONLY)
		return (p->queue.bytes ? POLLIN : 0) |
		    (p->writers ? 0 : POLLHUP);
	return (PIPE_SIZE - p->queue.bytes >= PIPE_BUF ? POLLOUT : 0) |
	    (p->readers ? 0 : POLLERR);
}

static void
pipe_close(struct file *f)
{
	struct pipe *p = f->data;

	if ((f->flags & O_ACCMODE) == O_RDONLY)
		p->readers--;
	else
		p->writers--;
	wake(p);
}

const struct file_kind pipe_kind = { "pipe", pipe_read, pipe_write, pipe_poll,
	pipe_close, NULL };

/* Two new descriptors, or none. */
static long
two_new(struct file *a, struct file *b, bool cloexec, int fds[2])
{
	long first = fd_new(a, cloexec, 0), second;

	if (first < 0) {
		file_put(b);
		return first;
	}
	second = fd_new(b, cloexec, 0);
	if (second < 0) {
		k_close((int)first);
		return second;
	}
	fds[0] = (int)first;
	fds[1] = (int)second;
	return 0;
}

long
k_pipe2(int fds[2], int flags)
{
	struct pipe *p = kalloc(sizeof(*p));
	struct file *in, *out;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		unknown("pipe2 with flags %x", (unsigned)flags);
	p->readers = p->writers = 1;
	in = file_new(&pipe_kind, O_RDONLY | (flags & O_NONBLOCK), p);
	out = file_new(&pipe_kind, O_WRONLY | (flags & O_NONBLOCK), p);
	in->inode = out->inode = inode_new(FS_SOCK, S_IFIFO | 0600);
	return two_new(in, out, flags & O_CLOEXEC, fds);
}

/*
 * Sockets, and how they end.
 */

static struct sock *
sock_make(int family, int type)
{
	struct sock *s = kalloc(sizeof(*s));

	s->family = family;
	s->type = type;
	s->uid = now->uid;
	s->cred = (struct ucred){ 0, (uid_t)-1, (gid_t)-1 };
	s->next = all;
	all = s;
	return s;
}

static struct file *
sock_file(struct sock *s, int flags)
{
	struct file *f = file_new(&sock_kind, O_RDWR |
	    (flags & SOCK_NONBLOCK ? O_NONBLOCK : 0), s);

	s->inode = f->inode = inode_new(FS_SOCK, S_IFSOCK | 0777);
	return f;
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
	struct sock **at = &all, *one;

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

static void
sock_close(struct file *f)
{
	sock_end(f->data);
}

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
	if (s->state != LISTENS && s->used * 4 <= SEND_BUFFER)
		r |= POLLOUT;
	return r;
}

static long
sock_ioctl(struct file *f, unsigned long request, void *arg)
{
	const struct sock *s = f->data;

	if (request != SIOCINQ)
		return -ENOTTY;
	if (s->state == LISTENS)
		return -EINVAL;
	if (s->type == SOCK_DGRAM)
		*(int *)arg = s->queue.first ? (int)s->queue.first->n : 0;
	else
		*(int *)arg = (int)s->queue.bytes;
	return 0;
}

/* The error that waits to be told, once. */
static long
error_take(struct sock *s)
{
	long r = -s->error;

	s->error = 0;
	return r;
}

/*
 * Sending and receiving.
 */

/* What n bytes take in the sender's buffer, with the kernel's own: some in one
 * piece, the rest in pages. */
static size_t
charge_of(const struct sock *s, size_t n)
{
	size_t most = s->type == SOCK_STREAM ? 3776 : 16064, room = 512;
	size_t pages = n > most ? (n - most + PAGE - 1) / PAGE * PAGE : 0;

	while (n > pages && room < n - pages + 320)
		room *= 2;
	return 256 + room + pages;
}

static void
packet_send(struct sock *s, const void *buf, size_t n, const struct rights *r)
{
	struct packet *p = queue_put(&s->peer->queue, buf, n);

	p->from = s;
	p->charge = charge_of(s, n);
	s->used += p->charge;
	p->rights = *r;
	for (int i = 0; i < r->n; i++)
		r->file[i]->refs++;
	wake(s->peer);
}

/* Until the send buffer has room. */
static long
room_wait(struct sock *s, long long until)
{
	long r = 0;

	while (r == 0) {
		if (s->error)
			return error_take(s);
		if (s->shut & SHUT_OUT)
			return -EPIPE;
		if (s->used < SEND_BUFFER)
			return 0;
		r = wait_on(s, until);
	}
	return r;
}

static long
broken(size_t sent, int flags)
{
	if (sent)
		return (long)sent;
	if (!(flags & MSG_NOSIGNAL))
		signal_send(now, SIGPIPE, NULL);
	return -EPIPE;
}

static long
stream_send(struct sock *s, const char *buf, size_t n, int flags,
    long long until, struct rights *rights)
{
	size_t sent = 0, k;
	long r;

	if (s->state != CONNECTED)
		return -ENOTCONN;
	if (s->shut & SHUT_OUT)
		return broken(0, flags);
	for (; sent < n; sent += k) {
		k = n - sent < SEND_CHUNK ? n - sent : SEND_CHUNK;
		r = room_wait(s, until);
		if (r < 0)
			return sent ? (long)sent : r;
		if (s->peer->closed || s->peer->shut & SHUT_IN)
			return broken(sent, flags);
		if (rights->n && s->peer->no_rights)
			return -EPERM;
		packet_send(s, buf + sent, k, rights);
		rights->n = 0;
	}
	return (long)sent;
}

/* The other end of a pair is found closed. */
static long
disconnect(struct sock *s)
{
	while (s->queue.first)
		queue_drop(&s->queue);
	s->state = ALONE;
	return -ECONNREFUSED;
}

/* A datagram; SIGPIPE is not sent here. */
static long
packet_whole(struct sock *s, const char *buf, size_t n, long long until,
    const struct rights *rights)
{
	long r;

	if (s->type == SOCK_SEQPACKET && s->error)
		return error_take(s);
	if (s->type == SOCK_SEQPACKET && s->state != CONNECTED)
		return -ENOTCONN;
	if (n > SEND_BUFFER - 32)
		return -EMSGSIZE;
	r = room_wait(s, until);
	if (r < 0)
		return r;
	if (s->state != CONNECTED)
		return -ENOTCONN;
	if (s->peer->closed && s->type == SOCK_DGRAM)
		return disconnect(s);
	if (s->peer->closed || s->peer->shut & SHUT_IN)
		return -EPIPE;
	if (rights->n && s->peer->no_rights)
		return -EPERM;
	packet_send(s, buf, n, rights);
	return (long)n;
}

static long
stream_recv(struct sock *s, char *buf, size_t n, bool peek, long long until,
    struct rights *got)
{
	long r = 0;

	if (s->state != CONNECTED)
		return -EINVAL;
	while (r == 0) {
		if (s->queue.first)
			return queue_take(&s->queue, buf, n, peek, got);
		if (s->error)
			return error_take(s);
		if (s->shut & SHUT_IN)
			return 0;
		r = wait_on(s, until);
	}
	return r;
}

static long
packet_recv(struct sock *s, char *buf, size_t n, int *flags, long long until,
    struct rights *got)
{
	bool peek = *flags & MSG_PEEK;
	struct packet *p;
	long r = 0;

	*flags = 0;
	if (s->type == SOCK_SEQPACKET && s->state != CONNECTED)
		return -ENOTCONN;
	while (r == 0) {
		if (s->error)
			return error_take(s);
		p = s->queue.first;
		if (p) {
			if (p->n > n)
				*flags = MSG_TRUNC;
			else
				n = p->n;
			memcpy(buf, p->data, n);
			rights_take(p, got, peek);
			if (!peek)
				queue_drop(&s->queue);
			return (long)n;
		}
		if (s->shut & SHUT_IN && (s->type == SOCK_SEQPACKET || until))
			return 0;
		r = wait_on(s, until);
	}
	return r;
}

/*
 * The list of all unix sockets, by netlink (sock_diag).  It is not of one
 * moment: the kernel makes the first message at the request, and each next one
 * as the one before is read.
 */

/* The place in the list: as in a table by a hash of the name. */
static unsigned long
key_of(const struct sock *s)
{
	uint32_t hash = 2166136261U + (uint32_t)s->inode->ino * 2654435761U;

	if (s->name_len)
		hash = 2166136261U;
	for (size_t i = 0; i < s->name_len; i++)
		hash = (hash ^ (unsigned char)s->name[i]) * 16777619U;
	return (unsigned long)hash << 32 | s->inode->ino;
}

static struct sock *
list_next(unsigned long after)
{
	struct sock *found = NULL;

	for (struct sock *s = all; s; s = s->next) {
		if (s->family == AF_UNIX && s->inode && key_of(s) > after &&
		    (!found || key_of(s) < key_of(found)))
			found = s;
	}
	return found;
}

static char *
attribute_put(char *at, unsigned short type, const void *value, size_t n)
{
	struct rtattr a = { (unsigned short)RTA_LENGTH(n), type };

	memcpy(at, &a, sizeof(a));
	memcpy(at + RTA_LENGTH(0), value, n);
	return at + RTA_SPACE(n);
}

/* Tell of one socket; where the next goes. */
static char *
list_entry(char *at, const struct sock *s)
{
	struct nlmsghdr h = { .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_MULTI };
	struct unix_diag_msg m = { .udiag_family = AF_UNIX,
		.udiag_type = (unsigned char)s->type,
		.udiag_ino = (unsigned)s->inode->ino };
	char *end = at + NLMSG_LENGTH(sizeof(m));

	memcpy(at + NLMSG_LENGTH(0), &m, sizeof(m));
	if (s->name_len)
		end = attribute_put(end, UNIX_DIAG_NAME, s->name, s->name_len);
	end = attribute_put(end, UNIX_DIAG_UID, &s->uid, sizeof(s->uid));
	h.nlmsg_len = (unsigned)(end - at);
	memcpy(at, &h, sizeof(h));
	return end;
}

/* The next message: some sockets, or the end.  Other programs have sockets too,
 * so that a message may end anywhere. */
static void
list_some(struct sock *s)
{
	char buf[4096] = { 0 }, *at = buf;
	struct nlmsghdr done = { .nlmsg_len = NLMSG_LENGTH(sizeof(int)),
		.nlmsg_type = NLMSG_DONE, .nlmsg_flags = NLM_F_MULTI };
	const struct sock *one;

	for (unsigned long n = 1 + sim_random(16); n; n--) {
		one = list_next(s->cursor);
		if (!one)
			break;
		s->cursor = key_of(one);
		at = list_entry(at, one);
	}
	if (at == buf) {
		memcpy(at, &done, sizeof(done));
		at += NLMSG_LENGTH(sizeof(int));
		s->listing = false;
	}
	queue_put(&s->queue, buf, (size_t)(at - buf));
}

static long
netlink_send(struct sock *s, const void *buf, size_t n)
{
	struct nlmsghdr h;

	memcpy(&h, buf, sizeof(h));
	if (n < sizeof(h) || h.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    !(h.nlmsg_flags & NLM_F_DUMP))
		unknown("a netlink request of type %d", h.nlmsg_type);
	s->cursor = 0;
	s->listing = true;
	list_some(s);
	return (long)n;
}

/*
 * The calls that send and receive.
 */

static long
message_send(struct file *f, const void *buf, size_t n, int flags,
    struct rights *rights)
{
	struct sock *s = f->data;
	long long until = until_make(f, flags, s->send_limit);

	if (flags & ~(MSG_NOSIGNAL | MSG_DONTWAIT))
		unknown("send with flags %x", (unsigned)flags);
	if (s->family == AF_NETLINK)
		return netlink_send(s, buf, n);
	if (s->type == SOCK_STREAM)
		return stream_send(s, buf, n, flags, until, rights);
	return packet_whole(s, buf, n, until, rights);
}

/* *flags: MSG_TRUNC afterwards, or 0. */
static long
message_recv(struct file *f, void *buf, size_t n, int *flags,
    struct rights *got)
{
	struct sock *s = f->data;
	long long until = until_make(f, *flags, 0);
	bool peek = *flags & MSG_PEEK;
	long r;

	if (*flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC |
	    MSG_NOSIGNAL))
		unknown("recv with flags %x", (unsigned)*flags);
	*got = (struct rights){ .n = 0 };
	if (s->type != SOCK_STREAM) {
		r = packet_recv(s, buf, n, flags, until, got);
		if (r >= 0 && s->listing && !peek)
			list_some(s);
		return r;
	}
	*flags = 0;
	return stream_recv(s, buf, n, peek, until, got);
}

static long
sock_write(struct file *f, const void *buf, size_t n)
{
	struct rights none = { .n = 0 };

	return message_send(f, buf, n, 0, &none);
}

static long
sock_read(struct file *f, void *buf, size_t n)
{
	struct rights got = { .n = 0 };
	int flags = 0;
	long r = n ? message_recv(f, buf, n, &flags, &got) : 0;

	for (int i = 0; i < got.n; i++)
		file_put(got.file[i]);
	return r;
}

const struct file_kind sock_kind = { "socket", sock_read, sock_write, sock_poll,
	sock_close, sock_ioctl };

static long
sock_find(int fd, struct file **f)
{
	*f = fd_find(fd);
	if (!*f)
		return -EBADF;
	return (*f)->kind == &sock_kind ? 0 : -ENOTSOCK;
}

/* The files beside a message; they get no reference yet. */
static long
rights_find(const struct msghdr *m, struct rights *r)
{
	struct cmsghdr *c;
	size_t n;
	int fd;

	r->n = 0;
	if (!m->msg_control)
		return 0;
	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR((struct msghdr *)m, c)) {
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(fd);
		if (c->cmsg_level != SOL_SOCKET ||
		    c->cmsg_type != SCM_RIGHTS ||
		    n > (size_t)(RIGHTS - r->n))
			unknown("a control message of type %d", c->cmsg_type);
		for (size_t i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			r->file[r->n] = fd_any(fd);
			if (!r->file[r->n++])
				return -EBADF;
		}
	}
	return 0;
}

/* Descriptors for the files that came, as many as there is room for. */
static void
rights_give(struct msghdr *m, const struct rights *got, bool cloexec)
{
	struct cmsghdr *c = m->msg_control;
	size_t room = c && m->msg_controllen > sizeof(*c) ?
	    (m->msg_controllen - sizeof(*c)) / sizeof(int) : 0, n = 0, len;
	long fd = 0;
	int one;

	for (int i = 0; i < got->n; i++) {
		if (n == room || fd < 0) {
			file_put(got->file[i]);
			continue;
		}
		fd = fd_new(got->file[i], cloexec, 0);
		if (fd < 0)
			continue;
		one = (int)fd;
		memcpy(CMSG_DATA(c) + n++ * sizeof(one), &one, sizeof(one));
	}
	if (n < (size_t)got->n)
		m->msg_flags |= MSG_CTRUNC;
	len = n ? CMSG_SPACE(n * sizeof(int)) : 0;
	if (n) {
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
	}
	if (len < m->msg_controllen)
		m->msg_controllen = len;
}

long
k_send(int fd, const void *buf, size_t n, int flags)
{
	struct rights none = { .n = 0 };
	struct file *f;
	long r = sock_find(fd, &f);

	return r < 0 ? r : message_send(f, buf, n, flags, &none);
}

long
k_sendmsg(int fd, const struct msghdr *m, int flags)
{
	struct rights rights;
	struct file *f;
	struct sock *s;
	long r = sock_find(fd, &f);

	if (r < 0)
		return r;
	if (m->msg_iovlen != 1 || m->msg_name)
		unknown("sendmsg with a name, or %zu parts", m->msg_iovlen);
	s = f->data;
	if (s->type == SOCK_SEQPACKET && s->error)
		return error_take(s);
	r = rights_find(m, &rights);
	return r < 0 ? r : message_send(f, m->msg_iov->iov_base,
	    m->msg_iov->iov_len, flags, &rights);
}

static void
address_tell(const struct sock *s, void *to, socklen_t *n)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	socklen_t len = (socklen_t)(sizeof(sun.sun_family) + s->name_len);

	memcpy(sun.sun_path, s->name, s->name_len);
	memcpy(to, &sun, *n < len ? *n : len);
	*n = len;
}

/* The sender was the kernel. */
static void
kernel_tell(struct msghdr *m)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };

	memcpy(m->msg_name, &kernel, sizeof(kernel));
	m->msg_namelen = sizeof(kernel);
}

long
k_recvmsg(int fd, struct msghdr *m, int flags)
{
	bool cloexec = flags & MSG_CMSG_CLOEXEC;
	struct rights got;
	struct file *f;
	long r = sock_find(fd, &f);

	if (r < 0)
		return r;
	if (m->msg_iovlen != 1)
		unknown("recvmsg with %zu parts", m->msg_iovlen);
	r = message_recv(f, m->msg_iov->iov_base, m->msg_iov->iov_len, &flags,
	    &got);
	if (r < 0)
		return r;
	if (!m->msg_name || !got.from || !got.from->name_len)
		m->msg_namelen = 0;
	else
		address_tell(got.from, m->msg_name, &m->msg_namelen);
	if (m->msg_name && ((struct sock *)f->data)->family == AF_NETLINK)
		kernel_tell(m);
	m->msg_flags = flags | (cloexec ? MSG_CMSG_CLOEXEC : 0);
	rights_give(m, &got, cloexec);
	return r;
}

long
k_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from,
    socklen_t *len)
{
	struct iovec part = { buf, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1, .msg_name = from,
		.msg_namelen = from ? *len : 0 };
	long r = k_recvmsg(fd, &m, flags);

	if (r >= 0 && from)
		*len = m.msg_namelen;
	return r;
}

long
k_recv(int fd, void *buf, size_t n, int flags)
{
	return k_recvfrom(fd, buf, n, flags, NULL, NULL);
}

/*
 * Names and connections.
 */

long
k_socket(int family, int type, int protocol)
{
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (!(family == AF_UNIX && !protocol) &&
	    !(family == AF_NETLINK && kind == SOCK_RAW &&
	    protocol == NETLINK_SOCK_DIAG))
		unknown("socket %d %d %d", family, type, protocol);
	return fd_new(sock_file(sock_make(family, kind), type),
	    type & SOCK_CLOEXEC, 0);
}

/* Who called is what the peer sees. */
static void
cred_own(struct sock *s)
{
	s->cred = (struct ucred){ now->pid, now->uid, now->gid };
	s->peer_proc = now;
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
	int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct sock *a, *b;
	struct file *one, *two;

	if (family != AF_UNIX || protocol)
		unknown("socketpair %d %d %d", family, type, protocol);
	a = sock_make(family, kind);
	b = sock_make(family, kind);
	pair_make(a, b);
	cred_own(a);
	cred_own(b);
	one = sock_file(a, type);
	two = sock_file(b, type);
	return two_new(one, two, type & SOCK_CLOEXEC, fds);
}

/* The length of an abstract name, or 0 and a path, which is ended by NUL. */
static long
address_read(const struct sockaddr *to, socklen_t n,
    char path[sizeof(struct sockaddr_un)])
{
	const struct sockaddr_un *sun = (const void *)to;
	size_t len = n - offsetof(struct sockaddr_un, sun_path);

	if (n > sizeof(*sun) || n < sizeof(sun->sun_family) ||
	    to->sa_family != AF_UNIX)
		return -EINVAL;
	if (!len)
		unknown("an address without a name");
	memset(path, 0, sizeof(*sun));
	memcpy(path, sun->sun_path, len);
	return *path ? 0 : (long)len;
}

static struct sock *
name_find(int type, const char *name, long len)
{
	struct sock *s = all;

	while (s && (!s->bound || s->type != type ||
	    s->name_len != (size_t)len || memcmp(s->name, name, s->name_len)))
		s = s->next;
	return s;
}

long
k_bind(int fd, const struct sockaddr *to, socklen_t n)
{
	char name[sizeof(struct sockaddr_un)];
	struct inode *inode;
	struct file *f;
	struct sock *s;
	long r = sock_find(fd, &f), len;

	if (r < 0)
		return r;
	s = f->data;
	len = address_read(to, n, name);
	if (len < 0)
		return -EINVAL;
	if (len && s->name_len)
		return -EINVAL;
	if (len && name_find(s->type, name, len))
		return -EADDRINUSE;
	r = len ? 0 : path_bind(name, s);
	if (r < 0)
		return r;
	/* fchmod before it counts. */
	if (!len && path_find(AT_FDCWD, name, false, &inode) == 0)
		inode->mode &= s->inode->mode;
	if (s->name_len) { /* Linux looks only now */
		k_unlink(name);
		return -EINVAL;
	}
	s->bound = true;
	s->name_len = len ? (size_t)len : strlen(name) + 1;
	memcpy(s->name, name, s->name_len);
	return 0;
}

long
k_listen(int fd, int backlog)
{
	struct file *f;
	struct sock *s;
	long r = sock_find(fd, &f);

	if (r < 0)
		return r;
	s = f->data;
	if (s->type == SOCK_DGRAM || s->family != AF_UNIX)
		return -EOPNOTSUPP;
	if (!s->name_len || s->state == CONNECTED)
		return -EINVAL;
	s->backlog = (unsigned)backlog > SOMAXCONN_NOW ? SOMAXCONN_NOW :
	    backlog;
	s->state = LISTENS;
	cred_own(s);
	wake(&s->backlog);
	return 0;
}

/* The socket that has this name. */
static long
listener_find(int type, const char *name, long len, struct sock **found)
{
	struct inode *inode;
	long r;

	if (len) {
		*found = name_find(type, name, len);
		return *found ? 0 : -ECONNREFUSED;
	}
	r = path_find(AT_FDCWD, name, true, &inode);
	if (r < 0)
		return r;
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
	cred_own(end);
	s->cred = listener->cred;
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
k_connect(int fd, const struct sockaddr *to, socklen_t n)
{
	char name[sizeof(struct sockaddr_un)];
	struct sock *s, *listener;
	struct file *f;
	long r = sock_find(fd, &f), len;
	long long until;

	if (r < 0)
		return r;
	s = f->data;
	if (s->type != SOCK_STREAM && s->type != SOCK_SEQPACKET)
		unknown("connect of a socket of type %d", s->type);
	len = address_read(to, n, name);
	if (len < 0)
		return len;
	until = until_make(f, 0, s->send_limit);
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

/* A descriptor is free: asked before a connection is taken for it. */
static bool
fd_left(void)
{
	rlim_t most = now->limits[RLIMIT_NOFILE].rlim_cur;

	for (rlim_t i = 0; i < FDS && i < most; i++) {
		if (!now->fds->file[i])
			return true;
	}
	return false;
}

long
k_accept4(int fd, struct sockaddr *to, socklen_t *n, int flags)
{
	struct file *f;
	struct sock *s, *one;
	long r = sock_find(fd, &f);
	long long until;

	if (f && !fd_left())
		return -EMFILE;
	if (r < 0)
		return r;
	s = f->data;
	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (s->state != LISTENS)
		return -EINVAL;
	until = until_make(f, 0, 0);
	while (!s->waiting) {
		if (s->shut & SHUT_IN && until)
			return -EINVAL;
		r = wait_on(s, until);
		if (r < 0)
			return r;
	}
	one = s->waiting;
	s->waiting = one->waiting_next;
	s->nwaiting--;
	wake(&s->backlog);
	if (to)
		address_tell(one->peer, to, n);
	return fd_new(sock_file(one, flags), flags & SOCK_CLOEXEC, 0);
}

long
k_shutdown(int fd, int how)
{
	struct file *f;
	struct sock *s;
	long r = sock_find(fd, &f);
	int bits = how + 1;

	if (r < 0)
		return r;
	if (bits < SHUT_IN || bits > SHUT_ALL)
		return -EINVAL;
	s = f->data;
	s->shut |= bits;
	wake(s);
	if (s->peer && s->type != SOCK_DGRAM) {
		s->peer->shut |= (bits & SHUT_IN ? SHUT_OUT : 0) |
		    (bits & SHUT_OUT ? SHUT_IN : 0);
		wake(s->peer);
	}
	return 0;
}

/*
 * Options.
 */

long
k_getsockopt(int fd, int level, int name, void *value, socklen_t *n)
{
	struct file *f;
	struct sock *s;
	long r = sock_find(fd, &f);
	int one;

	if (r < 0)
		return r;
	s = f->data;
	if (level == SOL_SOCKET && name == SO_PEERCRED) {
		if (*n > sizeof(s->cred))
			*n = sizeof(s->cred);
		memcpy(value, &s->cred, *n);
		return 0;
	}
	if (level != SOL_SOCKET || *n < sizeof(one) || name != SO_PEERPIDFD)
		unknown("getsockopt %d %d", level, name);
	r = s->peer_proc ? pidfd_make(s->peer_proc) : -ENODATA;
	if (r < 0)
		return r;
	one = (int)r;
	memcpy(value, &one, sizeof(one));
	*n = sizeof(one);
	return 0;
}

long
k_setsockopt(int fd, int level, int name, const void *value, socklen_t n)
{
	struct timeval limit;
	struct file *f;
	struct sock *s;
	long r = sock_find(fd, &f);
	long long ns;

	if (r < 0)
		return r;
	s = f->data;
	if (level == SOL_SOCKET && name == SO_PASSRIGHTS &&
	    n >= sizeof(int)) {
		s->no_rights = !*(const int *)value;
		return 0;
	}
	if (level != SOL_SOCKET || n != sizeof(limit) || name != SO_SNDTIMEO)
		unknown("setsockopt %d %d", level, name);
	memcpy(&limit, value, sizeof(limit));
	ns = limit.tv_sec * SECOND + limit.tv_usec * 1000LL;
	s->send_limit = (ns + TICK - 1) / TICK * TICK;
	return 0;
}

const char *
sock_words(const struct file *f, const struct proc **to)
{
	const struct sock *s = f->data;

	*to = NULL;
	if (s->state == CONNECTED && s->peer && s->peer->name_len && !s->name_len)
		return "the connection to the keeper"; /* whoever listened */
	if (s->state == CONNECTED && s->peer_proc != now)
		*to = s->peer_proc;
	return s->family == AF_NETLINK ? "the kernel's list of sockets" :
	    s->state == CONNECTED ? "its pair of sockets" :
	    !s->bound ? "a socket" : s->name[0] ? "sock" : "its name";
}

int
names_bound(const char *prefix)
{
	size_t n = strlen(prefix);
	int found = 0;

	for (struct sock *s = all; s; s = s->next)
		found += !s->closed && s->bound && s->name_len > n &&
		    !s->name[0] && !memcmp(s->name + 1, prefix, n);
	return found;
}
