/*
 * wire.c: a Wayland client without libwayland.so, as if that were linked in.
 *
 *	wire TITLE [WORD...]
 *
 * Writes its requests itself, with sendmsg(2), and ignores the answers.
 * half=FILE: half a request, and the rest when FILE exists.  pieces: one byte
 * at a time.
 */
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static uint32_t said[4096];
static size_t words;
static int sock;
static size_t piece = SIZE_MAX;

static void
fail(const char *what)
{
	perror(what);
	_exit(99);
}

static void
say(uint32_t id, uint32_t opcode, size_t n, const uint32_t *args)
{
	said[words++] = id;
	said[words++] = (uint32_t)(8 + 4 * n) << 16 | opcode;
	for (size_t i = 0; i < n; i++)
		said[words++] = args[i];
}

#define SAY(id, opcode, ...)                                      \
	say(id, opcode, sizeof((uint32_t[]){__VA_ARGS__}) / 4,   \
	    (uint32_t[]){__VA_ARGS__})

static void
say_text(uint32_t id, uint32_t opcode, uint32_t before, const char *s,
    uint32_t version, uint32_t new)
{
	size_t at = words, n = strlen(s) + 1;

	words += 2;
	if (before)
		said[words++] = before;
	said[words++] = (uint32_t)n;
	memcpy(&said[words], s, n);
	words += (n + 3) / 4;
	if (new) {
		said[words++] = version;
		said[words++] = new;
	}
	said[at] = id;
	said[at + 1] = (uint32_t)(4 * (words - at)) << 16 | opcode;
}

static void
drain(void)
{
	char buf[4096];

	while (recv(sock, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static void
send_all(const void *from, size_t n, int fd)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} side = {.head = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS,
		.cmsg_len = CMSG_LEN(sizeof(int))}};
	const char *p = from;

	memcpy(CMSG_DATA(&side.head), &fd, sizeof(fd));
	while (n) {
		size_t one = piece < n ? piece : n < 64 ? n : n / 2;
		struct iovec v[2] = {{(void *)p, one}, {(void *)(p + one), n - one}};
		struct msghdr m = {.msg_iov = v,
			.msg_iovlen = piece < n || n < 64 ? 1 : 2};
		ssize_t sent;

		if (fd >= 0) {
			m.msg_control = &side;
			m.msg_controllen = sizeof(side);
			fd = -1;
		}
		sent = sendmsg(sock, &m, MSG_NOSIGNAL);
		if (sent < 0)
			fail("sendmsg");
		p += sent;
		n -= (size_t)sent;
		drain();
	}
}

static void
flush(int fd)
{
	send_all(said, 4 * words, fd);
	words = 0;
}

static void
await(const char *name)
{
	while (access(name, F_OK) < 0) {
		poll(NULL, 0, 10);
		drain();
	}
}

static void
touch(const char *name)
{
	close(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
}

static void
window(const char *title)
{
	size_t size = piece;
	int fd;

	/* By how it begins a connection is known. */
	piece = SIZE_MAX;
	SAY(1, 1, 2); /* get_registry */
	flush(-1);
	piece = size;
	say_text(2, 0, 1, "wl_compositor", 1, 3);
	say_text(2, 0, 2, "wl_shm", 1, 4);
	say_text(2, 0, 3, "xdg_wm_base", 1, 5);
	say_text(2, 0, 4, "xdg_activation_v1", 1, 6);
	SAY(3, 0, 7); /* create_surface */
	SAY(5, 2, 8, 7);
	SAY(8, 1, 9);
	say_text(9, 2, 0, title, 0, 0);
	say(7, 6, 0, NULL);
	flush(-1);
	fd = memfd_create("picture", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, 4096) < 0)
		fail("memfd");
	SAY(4, 0, 10, 4096); /* create_pool, with fd */
	flush(fd);
	close(fd);
	SAY(10, 0, 11, 0, 4, 4, 16, 1);
	SAY(8, 4, 1); /* ack_configure */
	SAY(7, 1, 11, 0, 0);
	say(7, 6, 0, NULL);
	flush(-1);
}

static void
word(const char *w)
{
	size_t half;

	if (!strncmp(w, "half=", 5)) {
		SAY(7, 2, 0, 0, 4, 4);
		half = 4 * words - 10;
		send_all(said, half, -1);
		touch("half");
		await(w + 5);
		send_all((char *)said + half, 10, -1);
		words = 0;
	} else if (!strcmp(w, "pieces")) {
		piece = 1;
	} else if (!strncmp(w, "touch=", 6)) {
		touch(w + 6);
	} else if (!strncmp(w, "await=", 6)) {
		await(w + 6);
	} else {
		_exit(atoi(w));
	}
}

int
main(int argc, char *argv[])
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	const char *dir = getenv("XDG_RUNTIME_DIR");
	const char *name = getenv("WAYLAND_DISPLAY");

	if (argc < 2 || !dir || !name)
		return 64;
	sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(to.sun_path, sizeof(to.sun_path), "%s/%s", dir, name);
	if (connect(sock, (struct sockaddr *)&to, sizeof(to)) < 0)
		fail("connect");
	for (int i = 2; argv[i]; i++)
		if (!strcmp(argv[i], "pieces"))
			piece = 1;
	window(argv[1]);
	for (int i = 2; argv[i]; i++)
		word(argv[i]);
	await("/nowhere");
}
