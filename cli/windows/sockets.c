/*
 * sockets.c: the Unix sockets of this network namespace, as the kernel lists
 * them.
 *
 * sock_diag(7) tells the name of each, its inode, by which it is found in
 * /proc/PID/fd, and the inode of its other end.  A sandbox may refuse netlink
 * sockets; then /proc/net/unix has the names at least.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/windows/windows.h"

enum { REPLY = 32768, LIST_MOST = 16 << 20, NAME_MOST = 128 };

/* The callback for what is found. */
struct taker {
	socket_take *take;
	void *into;
};

/* A name of n bytes as text: an abstract one begins with '@', and has '@' for
 * each NUL, as in /proc/net/unix; a path may come with its NUL, or without. */
static void
name_copy(char name[NAME_MOST], const char *from, size_t n)
{
	bool abstract = n && !*from;

	if (n >= NAME_MOST)
		n = NAME_MOST - 1;
	if (!abstract)
		n = strnlen(from, n);
	memcpy(name, from, n);
	name[n] = '\0';
	for (size_t k = 0; abstract && k < n; k++)
		name[k] = name[k] ? name[k] : '@';
}

/* n bytes on, but at most the *left ones that there are. */
static const void *
step_on(const void *at, size_t n, size_t *left)
{
	n = n < *left ? n : *left;
	*left -= n;
	return (const char *)at + n;
}

/* Parse one answer, all of whose bytes have arrived. */
static void
diag_take(const struct nlmsghdr *h, const struct taker *t)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	char name[NAME_MOST] = "";
	struct unix_socket s = { .name = name };
	const struct rtattr *a = (const void *)(m + 1);
	size_t left;

	if (h->nlmsg_len < NLMSG_LENGTH(sizeof(*m)))
		return;
	s.inode = m->udiag_ino;
	left = h->nlmsg_len - NLMSG_LENGTH(sizeof(*m));
	for (; RTA_OK(a, left); a = step_on(a, RTA_ALIGN(a->rta_len), &left)) {
		if (a->rta_type == UNIX_DIAG_NAME)
			name_copy(name, RTA_DATA(a), RTA_PAYLOAD(a));
		else if (a->rta_type == UNIX_DIAG_PEER &&
		    RTA_PAYLOAD(a) >= sizeof(s.peer))
			memcpy(&s.peer, RTA_DATA(a), sizeof(s.peer));
	}
	t->take(t->into, &s);
}

/* Read one message of answers.  1: more will come; 0: that was the last; -1: the
 * kernel refuses. */
static int
diag_read(int fd, const struct taker *t)
{
	alignas(struct nlmsghdr) char reply[REPLY];
	const struct nlmsghdr *h = (const void *)reply;
	ssize_t n = IO_RETRY(recv(fd, reply, sizeof(reply), MSG_DONTWAIT));
	size_t left = n > 0 ? (size_t)n : 0;

	if (n <= 0)
		return n < 0 && errno == EAGAIN ? 1 : -1;
	for (; NLMSG_OK(h, left); h = step_on(h, NLMSG_ALIGN(h->nlmsg_len),
	    &left)) {
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR)
			return -1;
		diag_take(h, t);
	}
	return 1;
}

bool
sockets_list(int state, socket_take *take, void *into, long long deadline)
{
	const struct taker t = { take, into };
	struct {
		struct nlmsghdr head;
		struct unix_diag_req ask;
	} q = {
		.head = { .nlmsg_len = sizeof(q),
			.nlmsg_type = SOCK_DIAG_BY_FAMILY,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
		.ask = { .sdiag_family = AF_UNIX,
			.udiag_states = 1U << state,
			.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER },
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG), more = 1;

	if (fd < 0)
		return false;
	if (send(fd, &q, sizeof(q), 0) != (ssize_t)sizeof(q))
		more = -1;
	while (more > 0)
		more = io_wait(fd, POLLIN, clock_left(deadline)) > 0 ?
		    diag_read(fd, &t) : -1;
	io_close(&fd);
	return more == 0;
}

/* The next word of a line, ended with a NUL; *line then points behind it. */
static char *
word_next(char **line)
{
	char *word;

	while ((word = strsep(line, " ")) && !*word)
		;
	return word ? word : "";
}

/* "Num: RefCount Protocol Flags Type St Inode Path" */
static void
line_take(char *line, const struct taker *t)
{
	enum { ACCEPTS = 0x10000 }; /* __SO_ACCEPTCON, in Flags */
	struct unix_socket s = { 0 };
	unsigned long flags;

	for (int k = 0; k < 3; k++)
		word_next(&line);
	flags = strtoul(word_next(&line), NULL, 16);
	for (int k = 0; k < 2; k++)
		word_next(&line);
	s.inode = (uint32_t)strtoul(word_next(&line), NULL, 10);
	s.name = line ? line : "";
	if (flags & ACCEPTS)
		t->take(t->into, &s);
}

bool
sockets_listening(socket_take *take, void *into, long long deadline)
{
	const struct taker t = { take, into };
	struct buf b = { 0 };
	char *at, *line;
	int fd;
	bool all;

	if (sockets_list(SOCKET_LISTENS, take, into, deadline))
		return true;
	fd = open("/proc/self/net/unix", O_RDONLY | O_CLOEXEC);
	all = fd >= 0 && io_slurp(fd, &b, LIST_MOST) == 0 &&
	    buf_string(&b, "") == 0;
	io_close(&fd);
	at = all ? b.at : NULL;
	strsep(&at, "\n"); /* the heading */
	while ((line = strsep(&at, "\n")))
		line_take(line, &t);
	buf_free(&b);
	return all;
}
