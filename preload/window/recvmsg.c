/*
 * recvmsg.c: the compositor's events, and our close event between two of them.
 *
 * Every Wayland client library reads with recvmsg(2), and writes with sendmsg.
 * Of each event only the length is read, to know where it ends.  If a window is
 * to be closed, the program reads xdg_toplevel.close of that window there, as
 * if from the compositor, before the next event.  The program then exits, or
 * asks its user about unsaved work, as it likes.
 *
 * Our event cannot hit the wrong object.  A compositor may send a close event
 * until it has read that the window is destroyed; a program that has destroyed
 * it drops the event.  We see that request when it is written, before the
 * compositor can.  The object's number cannot have been reused: the compositor
 * first has to release it, by an event that the program reads after ours.
 */
#include "preload/bytes.h"
#include "preload/dlsym.h"
#include "preload/sys.h"
#include "preload/window/window.h"

enum { CLOSE = 1, EVENT = REQUEST_HEAD };

static ssize_t
next_recvmsg(int fd, struct msghdr *msg, int flags)
{
	long n;

	if (ours.recvmsg)
		return ours.recvmsg(fd, msg, flags);
	n = SYS3(SYS_recvmsg, fd, msg, flags);
	if (n >= 0)
		return n;
	errno = (int)-n;
	return -1;
}

static void
head_take(struct incoming *in)
{
	uint32_t id, size;

	bytes_copy((char *)&id, (const char *)in->head, sizeof(id));
	bytes_copy((char *)&size, (const char *)in->head + 4, sizeof(size));
	size >>= 16;
	if (!id || size < REQUEST_HEAD || size % 4)
		in->lost = true;
	in->skip = size - REQUEST_HEAD;
	in->have = 0;
}

static void
events_feed(struct incoming *in, const uint8_t *p, size_t n)
{
	size_t k;

	for (; n && !in->lost; p += k, n -= k) {
		BYTES_LOOP();
		if (in->skip) {
			k = in->skip < n ? in->skip : n;
			in->skip -= (uint32_t)k;
			continue;
		}
		k = REQUEST_HEAD - in->have < n ? REQUEST_HEAD - in->have : n;
		bytes_copy((char *)in->head + in->have, (const char *)p, k);
		in->have += (uint32_t)k;
		if (in->have == REQUEST_HEAD)
			head_take(in);
	}
}

static void
message_heard(struct link *l, const struct msghdr *msg, size_t n)
{
	const struct iovec *part = msg->msg_iov;
	const struct iovec *end = part + msg->msg_iovlen;
	size_t k;

	/* With MSG_TRUNC n may be more than has arrived: the program may have
	 * closed the connection, and have another kind of socket there. */
	for (; n && part < end; n -= k, part++) {
		k = part->iov_len < n ? part->iov_len : n;
		events_feed(&l->in, part->iov_base, k);
	}
}

static bool
has_room(const struct msghdr *msg)
{
	size_t n = 0;

	for (size_t k = 0; k < msg->msg_iovlen; k++)
		n += msg->msg_iov[k].iov_len;
	return n >= EVENT;
}

static ssize_t
event_put(struct msghdr *msg, const uint32_t event[2])
{
	const struct iovec *part = msg->msg_iov;
	const char *p = (const char *)event;
	size_t n, k;

	for (n = EVENT; n; n -= k, p += k, part++) {
		k = part->iov_len < n ? part->iov_len : n;
		bytes_copy(part->iov_base, p, k);
	}
	msg->msg_namelen = 0;
	msg->msg_controllen = 0;
	msg->msg_flags = 0;
	return EVENT;
}

/* Put a close event into msg, if one is due and the last event is complete: its
 * length; else 0. */
static ssize_t
close_give(struct link *l, int fd, struct msghdr *msg)
{
	const struct incoming *in = &l->in;
	uint32_t top = 0;

	if (!__atomic_load_n(&l->wanted, __ATOMIC_RELAXED) || in->lost ||
	    in->skip || in->have || !has_room(msg) || !link_take(l))
		return 0;
	if (l->live && link_same(l, fd))
		top = reader_close(&l->reader);
	if (top) {
		l->reader.objects.changed = false;
		show_state(ours.state, l);
	}
	link_leave(l);
	return !top ? 0 :
	    event_put(msg, (uint32_t[]){top, (uint32_t)EVENT << 16 | CLOSE});
}

__attribute__((visibility("default"))) ssize_t
recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct link *l = ours.on && !(flags & MSG_PEEK) ? link_hear(fd) : NULL;
	uint64_t inode;
	ssize_t n;

	if (!l)
		return next_recvmsg(fd, msg, flags);
	inode = l->inode;
	n = close_give(l, fd, msg);
	if (!n) {
		n = next_recvmsg(fd, msg, flags);
		/* Another thread may have given the link a new connection. */
		if (n > 0 && l->inode == inode)
			message_heard(l, msg, (size_t)n);
	}
	__atomic_store_n(&l->in.busy, 0, __ATOMIC_RELEASE);
	return n;
}

void
recvmsg_begin(void)
{
	if (dlsym)
		*(void **)&ours.recvmsg = dlsym(RTLD_NEXT, "recvmsg");
}
