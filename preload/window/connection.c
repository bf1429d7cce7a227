/*
 * connection.c: connections to compositors (links), and their turns.
 *
 * A link is recognized by its first request, then by its descriptor.  The
 * program may close that and reuse its number without our noticing.  So a first
 * request on it means a new connection, and we compare the socket's inode
 * before we write.
 *
 * libwayland writes to a connection from one thread at a time.  If two threads
 * write at once, the order of their requests is unknown, and the reader is
 * lost.  A thread of the program waits only for OUR turn, which lasts for one
 * non-blocking write; and only for a limited time, since our thread may have
 * died while it had the turn.
 */
#include "preload/bytes.h"
#include "preload/sys.h"
#include "preload/window/window.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static struct state *
state_get(void)
{
	struct state *s = __atomic_load_n(&ours.state, __ATOMIC_ACQUIRE);
	struct state *none = NULL;

	if (!s) {
		s = sys_map(sizeof(*s), PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
		if (!s)
			return NULL;
		if (SYS3(SYS_madvise, s, sizeof(*s), MADV_WIPEONFORK) != 0 ||
		    !__atomic_compare_exchange_n(&ours.state, &none, s, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
			sys_unmap(s, sizeof(*s));
			s = none;
		}
	}
	return s;
}

static bool
turn_take(struct link *l, enum turn whose, uint32_t *now)
{
	*now = FREE;
	return __atomic_compare_exchange_n(&l->turn, now, whose, false,
	    __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

bool
link_take(struct link *l)
{
	uint32_t now;

	return turn_take(l, OURS, &now);
}

void
link_leave(struct link *l)
{
	__atomic_store_n(&l->turn, FREE, __ATOMIC_RELEASE);
}

static struct link *
link_on(int fd)
{
	struct state *s = __atomic_load_n(&ours.state, __ATOMIC_ACQUIRE);
	struct link *l;

	if (!s)
		return NULL;
	for (l = s->links; l < s->links + LINKS; l++)
		if (l->live && l->fd == fd)
			return l;
	return NULL;
}

struct link *
link_hear(int fd)
{
	struct link *l = link_on(fd);
	uint32_t free = 0;

	if (!l || __atomic_compare_exchange_n(&l->in.busy, &free, 1, false,
		__ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return l;
	l->in.lost = true; /* two threads read at once: the order is unknown */
	return NULL;
}

struct link *
link_enter(int fd)
{
	enum { LOOKS = 10000, PAUSE = 100000 };
	struct link *l = link_on(fd);
	uint32_t now;

	if (!l)
		return NULL;
	for (int look = 0; !turn_take(l, PROGRAM, &now); look++) {
		if (now == PROGRAM || look == LOOKS) {
			l->reader.lost = true;
			return NULL;
		}
		sys_sleep(PAUSE);
	}
	return l;
}

/* The inode of a socket.  false: not a socket, or we are under a seccomp
 * filter, and must not look at descriptors. */
static bool
inode_of(int fd, uint64_t *inode)
{
	struct statx st;

	if (waiter_filtered() || sys_status(fd, "", AT_EMPTY_PATH, &st) != 0 ||
	    (st.stx_mode & S_IFMT) != S_IFSOCK)
		return false;
	*inode = st.stx_ino;
	return true;
}

bool
link_same(const struct link *l, int fd)
{
	uint64_t inode;

	return inode_of(fd, &inode) && inode == l->inode;
}

static void
bytes_zero(void *at, size_t n)
{
	for (char *p = at; n; n--) {
		BYTES_LOOP();
		*p++ = 0;
	}
}

void
link_drop(struct link *l)
{
	__atomic_store_n(&l->live, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&l->shown, 0, __ATOMIC_RELAXED);
	l->children = l->wanted = 0;
	l->activation = 0;
	l->used = 0;
	l->used_turn = 0;
	bytes_zero(&l->reader, sizeof(l->reader));
	bytes_zero(&l->in, sizeof(l->in));
}

static int
socket_option(int fd, int name, void *value, unsigned int len)
{
	unsigned int have = len;

	return SYS5(SYS_getsockopt, fd, SOL_SOCKET, name, value, &have) == 0 &&
	    have == len ? 0 : -1;
}

/* Whether fd is a Unix stream socket: its inode, and the pid of its peer. */
static bool
socket_is(int fd, uint64_t *inode, uint32_t *server)
{
	struct ucred peer = {0};
	int domain = 0, type = 0;

	if (!inode_of(fd, inode) ||
	    socket_option(fd, SO_DOMAIN, &domain, sizeof(domain)) < 0 ||
	    socket_option(fd, SO_TYPE, &type, sizeof(type)) < 0 ||
	    domain != AF_UNIX || type != SOCK_STREAM)
		return false;
	*server = socket_option(fd, SO_PEERCRED, &peer, sizeof(peer)) < 0 ? 0 :
	    (uint32_t)peer.pid;
	return true;
}

/* Take a place for a new link, with its turn as PROGRAM: a free one, or a
 * closed connection's.  NULL: all are in use. */
static struct link *
place_take(struct state *s)
{
	struct link *l;
	uint32_t now;

	for (int closed = 0; closed < 2; closed++) {
		for (l = s->links; l < s->links + LINKS; l++) {
			if ((!closed && l->live) ||
			    !turn_take(l, PROGRAM, &now))
				continue;
			if (!l->live)
				return l;
			if (closed && !link_same(l, l->fd)) {
				link_drop(l);
				return l;
			}
			link_leave(l);
		}
	}
	return NULL;
}

static struct link *
link_new(int fd)
{
	uint64_t inode;
	uint32_t server;
	struct state *s;
	struct link *l;

	if (!socket_is(fd, &inode, &server) || !(s = state_get()) ||
	    !(l = place_take(s)))
		return NULL;
	l->fd = fd;
	l->inode = inode;
	l->server = server;
	__atomic_store_n(&l->live, 1, __ATOMIC_RELEASE);
	return l;
}

/* A new connection has the descriptor number of this link's old one. */
static void
link_again(struct link *l)
{
	uint64_t inode;
	uint32_t server;
	int fd = l->fd;

	link_drop(l);
	if (!socket_is(fd, &inode, &server))
		return;
	l->inode = inode;
	l->server = server;
	__atomic_store_n(&l->live, 1, __ATOMIC_RELEASE);
}

void
link_sent(struct link *l, int fd, const struct msghdr *msg, size_t n)
{
	const struct iovec *part = msg->msg_iov;
	struct link *made = NULL;
	bool first;
	size_t k;

	if (n >= READER_BEGIN && part->iov_len >= READER_BEGIN &&
	    reader_begins(part->iov_base, &first)) {
		if (!l) {
			l = made = link_new(fd);
			/* If this is not the connection's first request, the
			 * program may have read events unseen by us. */
			if (l)
				l->in.lost = !first;
		} else if (first && !link_same(l, fd)) {
			link_again(l);
		}
	}
	if (!l)
		return;
	for (; n; n -= k, part++) {
		k = part->iov_len < n ? part->iov_len : n;
		reader_feed(&l->reader, part->iov_base, k);
	}
	if (l->reader.objects.changed) {
		l->reader.objects.changed = false;
		show_state(ours.state, l);
	}
	if (made)
		link_leave(made);
}

bool
link_counts(struct state *s, const struct link *l)
{
	uint32_t own = (uint32_t)sys_pid();
	const struct link *k;

	if (!__atomic_load_n(&l->live, __ATOMIC_ACQUIRE))
		return false;
	for (k = s->links; k < s->links + LINKS; k++)
		if (k->live && k->server == own)
			return l->server == own;
	return true;
}

struct link *
link_last(struct state *s)
{
	struct link *last = NULL, *l;

	for (l = s->links; l < s->links + LINKS; l++)
		if (__atomic_load_n(&l->live, __ATOMIC_ACQUIRE) &&
		    __atomic_load_n(&l->shown, __ATOMIC_RELAXED) &&
		    (!last || l->used > last->used))
			last = l;
	return last;
}
