/*
 * wire.c: a network between the hosts of a test that can be cut, slowed, and
 * made to lose packets.
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
 *   delay MS [N]  each frame comes so much later; N: to and from that one
 *   drop PERCENT [N]  of all frames, by chance; the same
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
#include <time.h>
#include <unistd.h>

enum { PORTS = 32, NOTES = 10, FRAME = 1 << 17, LAST_BYTE = 5 };

struct late {
	struct late *next;
	long due; /* milliseconds */
	int to;
	size_t len;
	char frame[];
};

static struct {
	int fds[PORTS], n, delay, drop, only; /* that one, from 1; 0: all */
	bool blocked[PORTS][PORTS];
	struct late *first, **last;
} wire = { .last = &wire.first };

static long
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

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
	ssize_t sent = send(wire.fds[to], frame, len, 0);

	(void)sent;
}

static void
frame_pass(int from, int to, const char *frame, size_t len)
{
	bool meant = !wire.only || from + 1 == wire.only || to + 1 == wire.only;
	struct late *late;

	if (meant && wire.drop && rand() % 100 < wire.drop)
		return;
	if (!meant || (!wire.delay && !wire.first)) {
		frame_send(to, frame, len);
		return;
	}
	if (!(late = malloc(sizeof(*late) + len)))
		die("malloc");
	*late = (struct late){ .due = now() + wire.delay, .to = to,
		.len = len };
	memcpy(late->frame, frame, len);
	*wire.last = late;
	wire.last = &late->next;
}

/* In the order they came: none overtakes another where the delay changes. */
static void
late_pass(void)
{
	struct late *late;

	while ((late = wire.first) && late->due <= now()) {
		if (!(wire.first = late->next))
			wire.last = &wire.first;
		frame_send(late->to, late->frame, late->len);
		free(late);
	}
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
			frame_pass(from, to, frame, (size_t)len);
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

/* What was on its way when the wire is cut is lost. */
static void
late_lost(void)
{
	for (struct late *late; (late = wire.first); free(late))
		wire.first = late->next;
	wire.last = &wire.first;
}

/* "HOW-MUCH [N]" */
static void
worse(int *what, const char *rest)
{
	wire.only = 0;
	sscanf(rest, "%d %d", what, &wire.only);
}

static void
obey(char *line)
{
	char *rest = strchr(line, ' ');
	int from, to;

	if (rest)
		*rest++ = '\0';
	if (!strcmp(line, "cut") && rest) {
		cut(rest);
		late_lost();
	} else if (!strcmp(line, "mute") && rest &&
	    sscanf(rest, "%d %d", &from, &to) == 2 && from > 0 && to > 0 &&
	    from <= wire.n && to <= wire.n)
		wire.blocked[from - 1][to - 1] = true;
	else if (!strcmp(line, "delay") && rest)
		worse(&wire.delay, rest);
	else if (!strcmp(line, "drop") && rest)
		worse(&wire.drop, rest);
	else if (!strcmp(line, "heal")) {
		memset(wire.blocked, 0, sizeof(wire.blocked));
		wire.delay = wire.drop = wire.only = 0;
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
		long left = wire.first ? wire.first->due - now() : -1;

		if (poll(polls, (nfds_t)wire.n + 1,
		    wire.first && left < 0 ? 0 : (int)left) < 0)
			die("poll");
		late_pass();
		for (int i = 0; i < wire.n; i++) {
			if (polls[i + 1].revents)
				frame_read(i);
		}
		if (polls[0].revents)
			commands_read();
	}
}
