/*
 * kernel_message.c: queues of what was sent: messages of sockets, and the list
 * of all unix sockets, by netlink (sock_diag).
 *
 * No call keeps a reference while it sleeps: if its process is killed there, it
 * would never be dropped.
 *
 * The list is no snapshot: the kernel makes the first message at the request,
 * and each next one as the one before is read.
 */
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "tests/sim/kernel_sock.h"
#include "tests/sim/world.h"

enum { SEND_CHUNK = 36544 }; /* the most in one packet of a stream */

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
	return p;
}

void
queue_drop(struct queue *q)
{
	struct packet *p = q->first;

	q->first = p->next;
	for (size_t i = 0; i < p->rights.n; i++)
		file_put(p->rights.file[i]);
	if (!p->from)
		return;
	p->from->used -= p->charge;
	if (p->from->used * 4 <= p->from->room)
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
	for (size_t i = 0; peek && i < got->n; i++)
		got->file[i]->refs++;
	if (!peek)
		p->rights.n = 0;
}

/* One packet, of which the rest is lost; of a stream some bytes: what came with
 * files ends the read.  A peek looks for files in the packets after the last byte
 * too, as Linux does. */
static long
queue_take(struct sock *s, struct msghdr *m, bool peek, struct rights *got)
{
	struct packet *p = s->queue.first, *next;
	size_t n = m->msg_iov->iov_len, done = 0, k;
	char *buf = m->msg_iov->iov_base;
	bool stream = s->type == SOCK_STREAM;

	for (; p && (done < n || !n || peek) && !got->n; p = next) {
		next = p->next;
		k = p->n - p->at;
		if (k > n - done) {
			k = n - done;
			m->msg_flags |= stream ? 0 : MSG_TRUNC;
		}
		memcpy(buf + done, p->data + p->at, k);
		done += k;
		rights_take(p, got, peek);
		if (!peek && stream && k < p->n - p->at)
			p->at += k;
		else if (!peek)
			queue_drop(&s->queue);
		if (!stream || (!n && !peek))
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
	now->interrupted = false;
	r = block(&chan, 1, until);
	if (now->interrupted && until != NEVER)
		return -EINTR;
	return r == -ERESTART && until != NEVER ? -EINTR : r == -ETIME ? 0 : r;
}

/* The pending error, reported once. */
static long
error_take(struct sock *s)
{
	long r = -s->error;

	s->error = 0;
	return r;
}

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

	for (struct sock *s = socks_all; s; s = s->next) {
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
	struct {
		struct nlmsghdr head;
		struct unix_diag_msg m;
	} one = { { .nlmsg_type = SOCK_DIAG_BY_FAMILY, .nlmsg_flags = NLM_F_MULTI },
		{ .udiag_family = AF_UNIX, .udiag_type = (unsigned char)s->type,
		    .udiag_ino = (unsigned)s->inode->ino } };
	char *end = at + sizeof(one);

	if (s->name_len)
		end = attribute_put(end, UNIX_DIAG_NAME, s->name, s->name_len);
	end = attribute_put(end, UNIX_DIAG_UID, &s->uid, sizeof(s->uid));
	one.head.nlmsg_len = (unsigned)(end - at);
	memcpy(at, &one, sizeof(one));
	return end;
}

/* As the kernel writes them, each NUL of an abstract name as '@'.  What the core
 * does not read is 0. */
void
put_sockets(const struct proc *none)
{
	bool abstract;

	(void)none;
	put("Num       RefCount Protocol Flags    Type St Inode Path\n");
	for (const struct sock *s = socks_all; s; s = s->next) {
		if (s->family != AF_UNIX || !s->inode)
			continue;
		put("%016x: %08X %08X %08X %04X %02X %5lu", 0, 2, 0, 0,
		    s->type, 1, s->inode->ino);
		abstract = s->name_len && !*s->name;
		for (size_t i = 0; i + !abstract < s->name_len; i++)
			put("%s%c", i ? "" : " ", s->name[i] ? s->name[i] : '@');
		put("\n");
	}
}

/* The next message: some sockets, or the end.  Other programs have sockets too,
 * so that a message may end anywhere. */
static void
netlink_next(struct sock *s)
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
netlink_send(struct sock *s, const char *buf, size_t n)
{
	const struct nlmsghdr *h = (const void *)buf;

	known(n >= sizeof(*h) && h->nlmsg_type == SOCK_DIAG_BY_FAMILY);
	known(h->nlmsg_flags & NLM_F_DUMP);
	s->cursor = 0;
	s->listing = true;
	netlink_next(s);
	return (long)n;
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
packet_send(struct sock *s, const void *buf, size_t n, const struct rights *r)
{
	struct packet *p = queue_put(&s->peer->queue, buf, n);

	p->from = s;
	p->charge = charge_of(s, n);
	s->used += p->charge;
	p->rights = *r;
	for (size_t i = 0; i < r->n; i++)
		r->file[i]->refs++;
	wake(s->peer);
}

/* Whether it may be sent.  What the other end of a connection does is seen at
 * this one; that of a pair of datagrams is looked at. */
static long
message_may(struct sock *s, const struct rights *rights, int flags)
{
	if (s->type != SOCK_DGRAM && s->state != CONNECTED)
		return -ENOTCONN;
	if (s->shut & SHUT_OUT) {
		if (s->type == SOCK_STREAM && !(flags & MSG_NOSIGNAL))
			signal_send(now, SIGPIPE, NULL);
		return -EPIPE;
	}
	if (s->state != CONNECTED)
		return -ENOTCONN;
	if (s->peer->closed) { /* that of a pair */
		while (s->queue.first)
			queue_drop(&s->queue);
		s->state = ALONE;
		return -ECONNREFUSED;
	}
	if (s->peer->shut & SHUT_IN)
		return -EPIPE;
	return rights->n && s->peer->no_rights ? -EPERM : 0;
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

/* The files beside a message; they get no reference yet. */
static long
rights_find(const struct msghdr *m, struct rights *r)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(m);
	size_t n = c ? c->cmsg_len - CMSG_LEN(0) : 0;
	int fds[RIGHTS];

	r->n = 0;
	if (!c)
		return 0;
	known(c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS);
	known(n <= sizeof(fds) && !CMSG_NXTHDR((struct msghdr *)m, c));
	memcpy(fds, CMSG_DATA(c), n);
	for (; n; n -= sizeof(*fds)) {
		r->file[r->n] = fd_any(fds[r->n]);
		if (!r->file[r->n++])
			return -EBADF;
	}
	return 0;
}

/* Descriptors for the files that came, as many as there is room for. */
static void
rights_give(struct msghdr *m, const struct rights *got, bool cloexec)
{
	struct cmsghdr *c = m->msg_control;
	size_t room = c && m->msg_controllen > sizeof(*c) ?
	    (m->msg_controllen - sizeof(*c)) / sizeof(int) : 0;
	size_t n = 0, len;
	int fds[RIGHTS];

	if (room && got->n && world_fault(TAKE_FILES))
		room = 0;
	for (; n < got->n && n < room && fd_free(0) >= 0; n++)
		fds[n] = (int)fd_new(got->file[n], cloexec, 0);
	for (size_t i = n; i < got->n; i++)
		file_put(got->file[i]);
	len = n ? CMSG_SPACE(n * sizeof(int)) : 0;
	if (n < got->n)
		m->msg_flags |= MSG_CTRUNC;
	if (n) {
		*c = (struct cmsghdr){ CMSG_LEN(n * sizeof(int)), SOL_SOCKET,
			SCM_RIGHTS };
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	if (len < m->msg_controllen)
		m->msg_controllen = len;
}

/* Send a message, of a stream in pieces, as the kernel makes them.  How much was
 * sent; or -errno, if nothing was. */
static long
pieces_send(struct sock *s, const struct msghdr *m, struct rights *rights,
    const struct file *f, int flags)
{
	enum { HEAD = 64, LEAST = 32 }; /* the kernel's own */
	size_t n = m->msg_iov->iov_len, most = s->room / 2 - HEAD, sent = 0, k;
	const char *buf = m->msg_iov->iov_base;
	long long until;
	long r = 0;

	if (s->type != SOCK_STREAM && n > s->room - LEAST)
		return -EMSGSIZE;
	if (s->type != SOCK_STREAM)
		most = n;
	else if (most > SEND_CHUNK)
		most = SEND_CHUNK;
	do {
		until = until_make(f, flags, s->send_limit);
		while (r == 0 && (r = message_may(s, rights, flags)) == 0 &&
		    s->used >= s->room)
			r = wait_on(s, until);
		if (r < 0)
			return sent ? (long)sent : r;
		k = n - sent < most ? n - sent : most;
		packet_send(s, buf + sent, k, rights);
		rights->n = 0; /* they go with the first piece */
		sent += k;
	} while (sent < n);
	return (long)sent;
}

long
sock_sendmsg(struct file *f, const struct msghdr *m, int flags)
{
	const char *buf = m->msg_iov->iov_base;
	size_t n = m->msg_iov->iov_len;
	struct sock *s = f->data;
	struct rights rights;
	long r = 0;

	known(m->msg_iovlen == 1 && !m->msg_name);
	known(!(flags & ~(MSG_NOSIGNAL | MSG_DONTWAIT)));
	world_sends(buf, n);
	if (s->type == SOCK_SEQPACKET)
		r = s->error ? error_take(s) :
		    s->state != CONNECTED ? -ENOTCONN : 0;
	if (r == 0)
		r = rights_find(m, &rights);
	if (r == 0 && rights.n)
		r = world_fault(SEND_FILES);
	if (r == 0 && s->family == AF_NETLINK)
		return netlink_send(s, buf, n);
	if (r == 0 && s->type == SOCK_STREAM && !n)
		return message_may(s, &(struct rights){ .n = 0 }, flags);
	return r ? r : pieces_send(s, m, &rights, f, flags);
}

long
sock_recvmsg(struct file *f, struct msghdr *m, int flags)
{
	bool cloexec = flags & MSG_CMSG_CLOEXEC, peek = flags & MSG_PEEK;
	struct sock *s = f->data;
	struct rights got = { .n = 0 };
	long r;

	known(m->msg_iovlen == 1 && !m->msg_name);
	known(!(flags & ~(MSG_PEEK | MSG_DONTWAIT | MSG_CMSG_CLOEXEC)));
	if (s->state != CONNECTED && s->type == SOCK_STREAM)
		return -EINVAL;
	if (s->state != CONNECTED && s->type == SOCK_SEQPACKET)
		return -ENOTCONN;
	r = packet_wait(s, until_make(f, flags, 0));
	if (r < 0)
		return r;
	m->msg_namelen = 0;
	m->msg_flags = flags & MSG_CMSG_CLOEXEC;
	if (r > 0) {
		r = queue_take(s, m, peek, &got);
		if (s->listing && !peek)
			netlink_next(s);
	}
	rights_give(m, &got, cloexec);
	return r;
}

long
sock_read(struct file *f, void *buf, size_t n)
{
	return n ? sock_recvmsg(f, &(struct msghdr){ .msg_iov = &(struct iovec){
	    buf, n }, .msg_iovlen = 1 }, 0) : 0;
}

long
sock_write(struct file *f, const void *buf, size_t n)
{
	return sock_sendmsg(f, &(struct msghdr){ .msg_iov = &(struct iovec){
	    (void *)(uintptr_t)buf, n }, .msg_iovlen = 1 }, 0);
}
