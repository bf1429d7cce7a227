/*
 * sock.c: the socket of an instance, by folder, however long its path.
 *
 * sun_path holds 107 bytes.  A longer path goes through an O_PATH descriptor of
 * the folder and /proc/self/fd; a short one directly, which is cheaper and
 * needs no /proc.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdalign.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/compat.h"
#include "cli/base/ids.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/wire/sock.h"
#include "preload/contract.h"

/*
 * Arguments that no handler took, in words.
 *
 * The words name the document that the user waits for.
 */

enum { SHOWN = 128 };

void
untaken_add(struct untaken *u, const char *arg)
{
	bool document = *arg && *arg != '-' && *arg != '+';

	if (!u->n++ || (document && !u->document)) {
		u->shown = arg;
		u->document = document;
	}
}

void
untaken_text(const struct untaken *u, struct text *t)
{
	char name[SHOWN + 1];
	size_t len;

	if (!u->n)
		return;
	/* The end of a path says more than its beginning. */
	len = strlen(u->shown);
	memcpy(name, u->shown + (len > SHOWN ? len - SHOWN : 0),
	    (len > SHOWN ? SHOWN : len) + 1);
	text_all(t, ": ", len > SHOWN ? "..." : "", NULL);
	text_typed(t, name);
	if (u->n > 1)
		text_all(t, " and ", TEXT_NUM(u->n - 1), " more", NULL);
}

enum { BACKLOG = 4096, CHUNK = 4096 };

int
sock_new(int flags)
{
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
}

/* Fill in folder + "/sock", or with a name folder + "/" + name + "/sock"; false
 * if that is too long. */
static bool
address_make(struct sockaddr_un *sun, const char *folder, const char *name)
{
	sun->sun_family = AF_UNIX;
	return text_join(sun->sun_path, sizeof(sun->sun_path), folder,
	    name ? "/" : "", name ? name : "", "/" FILE_SOCK, NULL);
}

static void
address_of_fd(struct sockaddr_un *sun, int folder)
{
	sun->sun_family = AF_UNIX;
	text_join(sun->sun_path, sizeof(sun->sun_path), "/proc/self/fd/",
	    TEXT_NUM(folder), "/" FILE_SOCK, NULL);
}

/* Limit how long connect, and each send, may block. */
static void
limit_set(int fd, int ms)
{
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (ms <= 0)
		tv.tv_usec = 1; /* 0 would mean: no limit */
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

void
sock_files(int fd, bool on)
{
	int n = on;

	setsockopt(fd, SOL_SOCKET, SO_PASSRIGHTS, &n, sizeof(n));
}

enum sock_result
sock_connect(int fd, const char *folder, int ms, int *pid)
{
	struct sockaddr_un sun;
	int dir = -1;
	long r;

	if (!address_make(&sun, folder, NULL)) {
		dir = open(folder,
		    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (dir < 0)
			return SOCK_NOBODY;
		address_of_fd(&sun, dir);
	}
	limit_set(fd, ms);
	sock_files(fd, false);
	r = IO_RETRY(connect(fd, (struct sockaddr *)&sun, sizeof(sun)));
	io_close(&dir);
	if (r < 0)
		return errno == EAGAIN ? SOCK_SLOW : errno == ENOMEM ||
		    errno == ENFILE ? SOCK_FAILED : SOCK_NOBODY;
	return sock_ours(fd, pid) ? SOCK_OK : SOCK_NOBODY;
}

int
sock_listen(int fd, int folder, const char *root, const char *name)
{
	struct sockaddr_un sun;

	if (!address_make(&sun, root, name))
		address_of_fd(&sun, folder);
	/* The path may lead elsewhere: the socket must be in our folder. */
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 ||
	    fchmodat(folder, FILE_SOCK, 0600, 0) < 0)
		return -1;
	return listen(fd, BACKLOG);
}

bool
sock_ours(int fd, int *pid)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return false;
	*pid = cred.pid;
	return cred.uid == ids_own() && !ids_nobody(cred.uid);
}

int
sock_send(int fd, const void *p, size_t n, const int *fds, size_t nfds)
{
	char control[CMSG_SPACE(4 * sizeof(int))] = { 0 };
	struct iovec iov = { (void *)p, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;
	ssize_t k;

	if (nfds) {
		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, nfds * sizeof(int));
	}
	while (n) {
		k = IO_RETRY(sendmsg(fd, &msg, MSG_NOSIGNAL));
		if (k < 0)
			return -1;
		msg.msg_control = NULL;
		msg.msg_controllen = 0;
		n -= (size_t)k;
		iov.iov_base = (char *)iov.iov_base + k;
		iov.iov_len = n;
	}
	return 0;
}

int
sock_frame(int fd, struct buf *b, size_t start)
{
	int r = frame_end(b, start);

	if (r == 0)
		r = sock_send(fd, b->at, b->len, NULL, 0);
	buf_free(b);
	return r;
}

ssize_t
sock_words(int fd, void *p, size_t n, bool *beside)
{
	struct iovec iov = { p, n };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t k = recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT);

	*beside = k > 0 && msg.msg_flags & MSG_CTRUNC;
	return k > 0 && !*beside ? recv(fd, p, (size_t)k, MSG_DONTWAIT) : k;
}

/* recv(2), with a descriptor into *passed unless that is NULL; if *passed
 * already has one, close the new one. */
static ssize_t
bytes_recv(int fd, void *p, size_t n, int *passed)
{
	alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { p, n };
	/* CMSG_SPACE would let a second one in. */
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = CMSG_LEN(sizeof(int)) };
	struct cmsghdr *c;
	ssize_t k;
	int got;

	/* recv has no room for descriptors: the kernel closes them. */
	if (!passed)
		return IO_RETRY(recv(fd, p, n, 0));
	k = IO_RETRY(recvmsg(fd, &msg, MSG_CMSG_CLOEXEC));
	c = k < 0 ? NULL : CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		memcpy(&got, CMSG_DATA(c), sizeof(got));
		if (*passed < 0)
			*passed = got;
		else
			close(got);
	}
	return k;
}

void
sock_deafen(int fd)
{
	if (io_wait(fd, POLLIN, 0) == IO_LATE)
		shutdown(fd, SHUT_RD);
}

enum sock_result
sock_recv_fd(int fd, struct buf *b, struct frame *f, int ms, int *passed)
{
	long long end = 0;
	ssize_t k;
	int left = ms;

	for (;;) {
		switch (frame_parse(b->at, b->len, f)) {
		case FRAME_WHOLE:
			return SOCK_OK;
		case FRAME_PART:
			break;
		case FRAME_ODD:
			errno = EPROTO;
			return SOCK_NOBODY;
		default:
			errno = 0;
			return SOCK_NOBODY;
		}
		if (ms >= 0 && end)
			left = clock_left(end);
		else if (ms >= 0)
			end = clock_now() + ms;
		k = io_wait(fd, POLLIN, left);
		if (k <= 0)
			return k ? SOCK_FAILED : SOCK_SLOW;
		if (buf_room(b, CHUNK) < 0)
			return SOCK_FAILED;
		k = bytes_recv(fd, b->at + b->len, b->cap - b->len, passed);
		if (k < 0 && errno != ECONNRESET)
			return SOCK_FAILED;
		if (k <= 0) {
			errno = 0;
			return SOCK_NOBODY;
		}
		b->len += (size_t)k;
	}
}

enum sock_result
sock_recv(int fd, struct buf *b, struct frame *f, int ms)
{
	return sock_recv_fd(fd, b, f, ms, NULL);
}
