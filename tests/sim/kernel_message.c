/*
 * kernel_message.c: queues of what was sent: messages of sockets.
 *
 * No call keeps a reference while it sleeps: its process may be killed there, and
 * nobody would drop it.
 */
#include <linux/netlink.h>

#include "tests/sim/kernel_sock.h"

enum { SEND_CHUNK = 36544 }; /* the most in one packet of a stream */

struct packet *
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

void
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
queue_take(struct queue *q, char *buf, size_t n, bool peek, struct rights *got)
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

long long
until_make(const struct file *f, int flags, long long limit)
{
	if (f->flags & O_NONBLOCK || flags & MSG_DONTWAIT)
		return 0;
	return limit ? sim_clock + limit : NEVER;
}

long
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

/* The error that waits to be told, once. */
static long
error_take(struct sock *s)
{
	long r = -s->error;

	s->error = 0;
	return r;
}

static long
error_first(struct sock *s)
{
	long r = s->type == SOCK_SEQPACKET ? error_take(s) : 0;

	return r == 0 && s->type == SOCK_SEQPACKET && s->state != CONNECTED ?
	    -ENOTCONN : r;
}

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
packet_send(struct sock *s, const void *buf, size_t n, struct rights *r)
{
	struct packet *p = queue_put(&s->peer->queue, buf, n);

	p->from = s;
	p->charge = charge_of(s, n);
	s->used += p->charge;
	p->rights = *r;
	for (int i = 0; i < r->n; i++)
		r->file[i]->refs++;
	r->n = 0;
	wake(s->peer);
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

/* Whether the peer takes it. */
static long
peer_takes(struct sock *s, const struct rights *rights)
{
	if (s->state != CONNECTED)
		return -ENOTCONN;
	if (s->peer->closed && s->type == SOCK_DGRAM)
		return disconnect(s);
	if (s->peer->closed || s->peer->shut & SHUT_IN)
		return -EPIPE;
	return rights->n && s->peer->no_rights ? -EPERM : 0;
}

/* Not for datagrams. */
static void
pipe_signal(const struct sock *s, int flags)
{
	if (s->type == SOCK_STREAM && !(flags & MSG_NOSIGNAL))
		signal_send(now, SIGPIPE, NULL);
}

/* Whether it may be sent. */
static long
message_may(struct sock *s, size_t n, int flags)
{
	long r = error_first(s);

	if (r < 0)
		return r;
	if (s->type != SOCK_DGRAM && s->state != CONNECTED)
		return -ENOTCONN;
	if (s->type != SOCK_STREAM)
		return n > SEND_BUFFER - 32 ? -EMSGSIZE : 0;
	if (!(s->shut & SHUT_OUT))
		return 0;
	pipe_signal(s, flags);
	return -EPIPE;
}

static long
message_send(struct file *f, const char *buf, size_t n, int flags,
    struct rights *rights)
{
	struct sock *s = f->data;
	long long until = until_make(f, flags, s->send_limit);
	bool stream = s->type == SOCK_STREAM;
	size_t sent = 0, k;
	long r;

	if (flags & ~(MSG_NOSIGNAL | MSG_DONTWAIT))
		unknown("send with flags %x", (unsigned)flags);
	if (s->family == AF_NETLINK)
		return netlink_send(s, buf, n);
	r = message_may(s, n, flags);
	if (r < 0 || (stream && !n))
		return r;
	do {
		k = stream && n - sent > SEND_CHUNK ? SEND_CHUNK : n - sent;
		r = room_wait(s, until);
		if (r < 0)
			break;
		r = peer_takes(s, rights);
		if (r == -EPIPE && !sent)
			pipe_signal(s, flags);
		if (r < 0)
			break;
		packet_send(s, buf + sent, k, rights);
		sent += k;
	} while (sent < n);
	return sent ? (long)sent : r;
}

/* Until there is a packet: 1.  0: the end. */
static long
packet_wait(struct sock *s, long long until)
{
	bool stream = s->type == SOCK_STREAM;
	long r = 0;

	while (r == 0) {
		if (s->error && !(stream && s->queue.first))
			return error_take(s);
		if (s->queue.first)
			return 1;
		if (s->shut & SHUT_IN && (s->type != SOCK_DGRAM || until))
			return 0;
		r = wait_on(s, until);
	}
	return r;
}

/* *flags: MSG_TRUNC afterwards, or 0. */
static long
message_recv(struct file *f, void *buf, size_t n, int *flags, struct rights *got)
{
	struct sock *s = f->data;
	long long until = until_make(f, *flags, 0);
	bool peek = *flags & MSG_PEEK;
	struct packet *p;
	long r;

	if (*flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC))
		unknown("recv with flags %x", (unsigned)*flags);
	*flags = 0;
	got->n = 0;
	if (s->state != CONNECTED && s->type == SOCK_STREAM)
		return -EINVAL;
	if (s->state != CONNECTED && s->type == SOCK_SEQPACKET)
		return -ENOTCONN;
	r = packet_wait(s, until);
	if (r <= 0)
		return r;
	if (s->type == SOCK_STREAM)
		return queue_take(&s->queue, buf, n, peek, got);
	p = s->queue.first;
	if (p->n > n)
		*flags = MSG_TRUNC;
	else
		n = p->n;
	memcpy(buf, p->data, n);
	rights_take(p, got, peek);
	if (!peek)
		queue_drop(&s->queue);
	if (s->listing && !peek)
		netlink_next(s);
	return (long)n;
}

long
sock_read(struct file *f, void *buf, size_t n)
{
	struct rights got = { .n = 0 };
	int flags = 0;
	long r = n ? message_recv(f, buf, n, &flags, &got) : 0;

	for (int i = 0; i < got.n; i++)
		file_put(got.file[i]);
	return r;
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
sock_sendmsg(struct file *f, const struct msghdr *m, int flags)
{
	struct rights rights;
	long r;

	if (m->msg_iovlen != 1 || m->msg_name)
		unknown("sendmsg with a name, or %zu parts", m->msg_iovlen);
	r = error_first(f->data);
	if (r == 0)
		r = rights_find(m, &rights);
	return r < 0 ? r : message_send(f, m->msg_iov->iov_base,
	    m->msg_iov->iov_len, flags, &rights);
}

long
sock_recvmsg(struct file *f, struct msghdr *m, int flags)
{
	bool cloexec = flags & MSG_CMSG_CLOEXEC;
	struct rights got;
	long r;

	if (m->msg_iovlen != 1 || m->msg_name)
		unknown("recvmsg with a name, or %zu parts", m->msg_iovlen);
	r = message_recv(f, m->msg_iov->iov_base, m->msg_iov->iov_len, &flags, &got);
	if (r < 0)
		return r;
	m->msg_namelen = 0;
	m->msg_flags = flags | (cloexec ? MSG_CMSG_CLOEXEC : 0);
	rights_give(m, &got, cloexec);
	return r;
}

/* A sender who is told is the kernel. */
long
k_recvfrom(int fd, void *buf, size_t n, int flags, struct sockaddr *from,
    socklen_t *len)
{
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct iovec part = { buf, n };
	struct msghdr m = { .msg_iov = &part, .msg_iovlen = 1 };
	long r = k_recvmsg(fd, &m, flags);

	if (r >= 0 && from) {
		memcpy(from, &kernel, sizeof(kernel));
		*len = sizeof(kernel);
	}
	return r;
}
