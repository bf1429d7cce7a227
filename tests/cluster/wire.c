/*
 * wire.c: a network between the hosts of a test that can be cut, and made to
 * lose packets.
 *
 * usage: wire INTERFACE...
 *
 * Each interface is one end of a veth pair, whose other end is in a host's
 * network namespace and has the address 02:00:00:00:00:NN, NN the number of
 * the interface, from 1.  Frames go from one to another through packet sockets,
 * and here it is said which do: it needs nothing of the kernel but veth, and
 * no rights beyond those of the namespace.  Commands come on standard input, a
 * line each, and are answered "ok" once they hold:
 *
 *   cut N...      nothing passes between these and all others
 *   mute N M      nothing passes from N to M
 *   drop PERCENT  of all frames, by chance
 *   heal          none of that any more
 *
 * A frame carries the kernel's notes about checksums and segments
 * (PACKET_VNET_HDR, packet(7)): it is passed on as it was meant.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PORTS = 32, NOTES = 10, FRAME = 1 << 17, LAST_BYTE = 5 };

static struct {
	int fds[PORTS], n, drop;
	bool blocked[PORTS][PORTS];
} wire;

static void
die(const char *what)
{
	fprintf(stderr, "wire: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int
port_open(const char *name)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name) };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, room = 4 << 20;

	if (fd < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof(on)) < 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on,
	    sizeof(on)) < 0 ||
	    bind(fd, (struct sockaddr *)&to, sizeof(to)) < 0)
		die(name);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	return fd;
}

/* One that cannot be sent is lost, as on any wire. */
static void
frame_send(int to, const char *frame, size_t len)
{
	ssize_t sent;

	if (wire.drop && rand() % 100 < wire.drop)
		return;
	sent = send(wire.fds[to], frame, len, 0);
	(void)sent;
}

static void
frame_read(int from)
{
	static char frame[FRAME];
	ssize_t len = recv(wire.fds[from], frame, sizeof(frame), 0);
	const unsigned char *address = (unsigned char *)frame + NOTES;

	if (len < NOTES + ETH_HLEN)
		return;
	for (int to = 0; to < wire.n; to++) {
		if (to != from && !wire.blocked[from][to] &&
		    (address[0] & 1 || address[LAST_BYTE] == to + 1))
			frame_send(to, frame, (size_t)len);
	}
}

static void
cut(char *names)
{
	bool in[PORTS] = { false };
	char *name;

	while ((name = strsep(&names, " "))) {
		int port = atoi(name) - 1;

		if (port >= 0 && port < wire.n)
			in[port] = true;
	}
	for (int a = 0; a < wire.n; a++) {
		for (int b = 0; b < wire.n; b++)
			wire.blocked[a][b] |= in[a] != in[b];
	}
}

static void
obey(char *line)
{
	char *rest = strchr(line, ' ');
	int from, to;

	if (rest)
		*rest++ = '\0';
	if (!strcmp(line, "cut") && rest)
		cut(rest);
	else if (!strcmp(line, "mute") && rest &&
	    sscanf(rest, "%d %d", &from, &to) == 2 && from > 0 && to > 0 &&
	    from <= wire.n && to <= wire.n)
		wire.blocked[from - 1][to - 1] = true;
	else if (!strcmp(line, "drop") && rest)
		wire.drop = atoi(rest);
	else if (!strcmp(line, "heal")) {
		memset(wire.blocked, 0, sizeof(wire.blocked));
		wire.drop = 0;
	} else {
		errno = EINVAL;
		die(line);
	}
	puts("ok");
	fflush(stdout);
}

static void
commands_read(void)
{
	static char text[1024];
	static size_t len;
	ssize_t n = read(0, text + len, sizeof(text) - len);
	char *end;

	if (n <= 0)
		exit(n < 0); /* whoever commands has ended */
	len += (size_t)n;
	while ((end = memchr(text, '\n', len))) {
		*end++ = '\0';
		obey(text);
		len -= (size_t)(end - text);
		memmove(text, end, len);
	}
}

int
main(int argc, char *argv[])
{
	struct pollfd polls[PORTS + 1] = { { .fd = 0, .events = POLLIN } };

	if (argc < 2 || argc > PORTS) {
		fprintf(stderr, "usage: wire INTERFACE...\n");
		return 64;
	}
	for (wire.n = 0; wire.n < argc - 1; wire.n++) {
		wire.fds[wire.n] = port_open(argv[wire.n + 1]);
		polls[wire.n + 1] = (struct pollfd){ .fd = wire.fds[wire.n],
			.events = POLLIN };
	}
	puts("ok");
	fflush(stdout);
	for (;;) {
		if (poll(polls, (nfds_t)wire.n + 1, -1) < 0)
			die("poll");
		for (int i = 0; i < wire.n; i++) {
			if (polls[i + 1].revents)
				frame_read(i);
		}
		if (polls[0].revents)
			commands_read();
	}
}
