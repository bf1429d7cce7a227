/*
 * diag.c: whose a unix socket is, as the kernel tells it.
 *
 * The kernel looks for no name: it lists all, and only rivals pay for that.
 */
#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include <errno.h>
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "cli/io.h"
#include "cli/slot/diag.h"

enum { ANSWER_MS = 2000, DATAGRAM = 65536 };

static const void *
step(const void *at, size_t n)
{
	return (const char *)at + n;
}

/* One socket: whether it has the name; what it is, if that is all told. */
static bool
socket_fits(const struct nlmsghdr *h, const void *name, size_t len,
    struct diag *d)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	bool named = false, owned = false;
	const struct rtattr *a;
	int left;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return false;
	left = (int)(h->nlmsg_len - NLMSG_LENGTH(sizeof(*m)));
	for (a = (const void *)(m + 1); RTA_OK(a, left);
	    left -= (int)RTA_ALIGN(a->rta_len),
	    a = step(a, RTA_ALIGN(a->rta_len))) {
		if (a->rta_type == UNIX_DIAG_NAME)
			named = RTA_PAYLOAD(a) == len &&
			    !memcmp(RTA_DATA(a), name, len);
		if (a->rta_type == UNIX_DIAG_UID &&
		    RTA_PAYLOAD(a) >= sizeof(uint32_t)) {
			memcpy(&d->uid, RTA_DATA(a), sizeof(uint32_t));
			owned = true;
		}
	}
	d->inode = m->udiag_ino;
	return named && owned;
}

enum diag_result
diag_parse(const void *at, size_t n, const void *name, size_t len,
    struct diag *d, bool *end)
{
	const struct nlmsghdr *h = at;
	const struct nlmsgerr *e;
	int left = (int)n; /* below 0 behind a last one that is not aligned */

	*end = false;
	for (; NLMSG_OK(h, left); left -= (int)NLMSG_ALIGN(h->nlmsg_len),
	    h = step(h, NLMSG_ALIGN(h->nlmsg_len))) {
		switch (h->nlmsg_type) {
		case NLMSG_DONE:
			*end = true;
			return DIAG_NONE;
		case NLMSG_ERROR:
			e = NLMSG_DATA(h);
			errno = h->nlmsg_len >= NLMSG_LENGTH(sizeof(*e)) &&
			    e->error < 0 && e->error > -4096 ?
			    -e->error : EIO;
			return DIAG_FAILED;
		case SOCK_DIAG_BY_FAMILY:
			if (socket_fits(h, name, len, d))
				return DIAG_FOUND;
			break;
		default:
			break;
		}
	}
	return DIAG_NONE;
}

static int
request_send(int fd)
{
	struct {
		struct nlmsghdr h;
		struct unix_diag_req r;
	} q = {
		.h = { .nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.r = { .sdiag_family = AF_UNIX, .udiag_states = ~0U,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_UID },
	};

	return IO_RETRY(send(fd, &q, sizeof(q), 0)) == sizeof(q) ? 0 : -1;
}

enum diag_result
diag_find(const void *name, size_t len, struct diag *d)
{
	alignas(struct nlmsghdr) static char answer[DATAGRAM];
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	enum diag_result r = fd < 0 || request_send(fd) < 0 ? DIAG_FAILED :
	    DIAG_NONE;
	struct sockaddr_nl from;
	socklen_t size;
	bool end = false;
	ssize_t n;

	while (r == DIAG_NONE && !end) {
		size = sizeof(from);
		n = io_wait(fd, POLLIN, ANSWER_MS) == 1 ?
		    IO_RETRY(recvfrom(fd, answer, sizeof(answer), 0,
		    (struct sockaddr *)&from, &size)) : 0;
		if (n <= 0)
			r = DIAG_FAILED;
		else if (from.nl_pid == 0) /* the kernel, nobody else */
			r = diag_parse(answer, (size_t)n, name, len, d, &end);
	}
	io_close(&fd);
	return r;
}
