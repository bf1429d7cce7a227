/*
 * wayland_client.c: which processes are connected to the Wayland compositor.
 *
 * That WAYLAND_DISPLAY is set proves nothing: a program may use X11 all the
 * same, or have no window.  A connection does.  For each of the compositor's
 * ends of one, sock_diag(7) tells the socket's name and the inode of the other
 * end, which the program has in its /proc/PID/fd.  If the kernel does not tell,
 * we assume no connection.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>

#include <poll.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli/base/buf.h"
#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/look.h"
#include "cli/base/say.h"
#include "cli/windows/raise.h"
#include "cli/windows/tree.h"
#include "cli/windows/wayland_client.h"
#include "cli/base/text.h"

enum { PIDS = 256, REPLY = 32768, ESTABLISHED = 1 };

bool
wayland_path(char *path, size_t cap)
{
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const char *display = getenv("WAYLAND_DISPLAY");
	bool whole = display && *display == '/';

	return display && *display && text_join(path, cap, whole || !dir ? "" :
	    dir, whole ? "" : "/", display, NULL);
}

/* Parse one answer: add the inode of the other end, if the name is this one. */
static void
diag_take(const struct nlmsghdr *h, const char *name, size_t len,
    struct buf *peers)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	const struct rtattr *a;
	size_t left;
	uint32_t peer = 0;
	bool named = false;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return;
	left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	for (a = (const struct rtattr *)(m + 1); RTA_OK(a, left);
	    a = RTA_NEXT(a, left)) {
		size_t size = RTA_PAYLOAD(a);

		/* The name may come with its NUL, or without. */
		if (a->rta_type == UNIX_DIAG_NAME)
			named = size >= len && size <= len + 1 &&
			    !memcmp(RTA_DATA(a), name, len);
		else if (a->rta_type == UNIX_DIAG_PEER &&
		    size >= sizeof(peer))
			memcpy(&peer, RTA_DATA(a), sizeof(peer));
	}
	if (named && peer)
		buf_add(peers, &peer, sizeof(peer));
}

/* Read one message of answers.  false: more will come. */
static bool
diag_read(int fd, const char *name, size_t len, struct buf *peers)
{
	alignas(struct nlmsghdr) char reply[REPLY];
	const struct nlmsghdr *h = (const void *)reply;
	ssize_t n = recv(fd, reply, sizeof(reply), MSG_DONTWAIT);
	size_t left = n > 0 ? (size_t)n : 0;

	if (n <= 0)
		return true;
	for (; NLMSG_OK(h, left); h = NLMSG_NEXT(h, left)) {
		if (h->nlmsg_type == NLMSG_DONE ||
		    h->nlmsg_type == NLMSG_ERROR)
			return true;
		diag_take(h, name, len, peers);
	}
	return false;
}

/* The inodes of all sockets that are connected to the one of this name. */
static void
peers_ask(const char *name, size_t len, struct buf *peers, long long deadline)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req ask;
	} q = {
		.head = { .nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.ask = { .sdiag_family = AF_UNIX,
			.udiag_states = 1U << ESTABLISHED,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG);

	if (fd < 0)
		return;
	if (send(fd, &q, sizeof(q), 0) == (ssize_t)sizeof(q)) {
		while (io_wait(fd, POLLIN, clock_left(deadline)) > 0 &&
		    !diag_read(fd, name, len, peers))
			;
	}
	io_close(&fd);
}

/* Whether a process has one of these sockets. */
static bool
has_peer(pid_t pid, const struct buf *peers)
{
	char name[48], digits[24];
	uint32_t one;

	for (size_t k = 0; k < peers->len; k += sizeof(one)) {
		memcpy(&one, peers->at + k, sizeof(one));
		text_join(name, sizeof(name), "socket:[", say_num(digits, one),
		    "]", NULL);
		if (look_opens(pid, name, false) == 1)
			return true;
	}
	return false;
}

bool
wayland_has(const struct instance *i, long long deadline)
{
	char name[sizeof(((struct sockaddr_un *)0)->sun_path)];
	size_t n = 0;
	pid_t pids[PIDS];
	struct buf peers = { 0 };
	bool has = false;

	if (!wayland_path(name, sizeof(name)))
		return false;
	buf_init(&peers, NULL, 0);
	peers_ask(name, strlen(name), &peers, deadline);
	if (peers.len)
		n = tree_list(i, KIN_DESCENDS, pids, PIDS);
	for (size_t k = 0; k < n && !has; k++)
		has = has_peer(pids[k], &peers);
	buf_free(&peers);
	return has;
}
