/*
 * kernel_netlink.c: the list of all unix sockets, by netlink (sock_diag).
 *
 * It is not of one moment: the kernel makes the first message at the request, and
 * each next one as the one before is read.
 */
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include "tests/sim/kernel_sock.h"

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
void
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

long
netlink_send(struct sock *s, const void *buf, size_t n)
{
	struct nlmsghdr h;

	memcpy(&h, buf, sizeof(h));
	if (n < sizeof(h) || h.nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    !(h.nlmsg_flags & NLM_F_DUMP))
		unknown("a netlink request of type %d", h.nlmsg_type);
	s->cursor = 0;
	s->listing = true;
	netlink_next(s);
	return (long)n;
}
