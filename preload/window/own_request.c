/*
 * own_request.c: writes an activation request into the program's connection.
 *
 * xdg_activation_v1.activate(token, surface) has no descriptor and makes no
 * object, so it changes no state that the program or libwayland keeps.  It is
 * written in one piece between two requests of the program, or not at all: the
 * kernel takes a message of this size as a whole (unix_stream_sendmsg).
 *
 * The program may reuse the descriptor's number between our check of the inode
 * and the write: so the check and the write use a duplicate, which is closed
 * right after.
 */
#include "preload/bytes.h"
#include "preload/sys.h"
#include "preload/window/window.h"

enum { ACTIVATE = 2, HEAD = 3, WORDS = HEAD + WINDOW_TOKEN / 4 + 1 };

/* Compose the request in words; its length in bytes. */
static size_t
compose(uint32_t *words, uint32_t activation, uint32_t surface,
    const char *token)
{
	size_t len = bytes_len(token) + 1, n = HEAD + (len + 3) / 4;

	words[n - 1] = 0; /* padding after the text */
	bytes_copy((char *)(words + HEAD), token, len);
	words[n++] = surface;
	words[0] = activation;
	words[1] = (uint32_t)(4 * n) << 16 | ACTIVATE;
	words[2] = (uint32_t)len;
	return 4 * n;
}

/* Write the rest of a request: the compositor would end the connection after
 * half of one.  false: not within a second. */
static bool
finish(int fd, const char *at, size_t n)
{
	enum { LOOKS = 1000, PAUSE = 1000000 };
	long r;

	for (int look = 0; n && look < LOOKS; look++) {
		r = sys_call(SYS_sendto, fd, SYS_ARG(at), SYS_ARG(n),
		    MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);
		if (r > 0) {
			at += r;
			n -= (size_t)r;
		} else {
			sys_sleep(PAUSE);
		}
	}
	return !n;
}

static enum asked
write_on(int fd, struct link *l, uint32_t surface, const char *token)
{
	uint32_t words[WORDS];
	size_t len = compose(words, l->reader.objects.activation, surface,
	    token);
	long n = sys_call(SYS_sendto, fd, SYS_ARG(words), SYS_ARG(len),
	    MSG_DONTWAIT | MSG_NOSIGNAL, 0, 0);

	if (n == (long)len ||
	    (n > 0 && finish(fd, (char *)words + n, len - (size_t)n)))
		return ASKED;
	return n == -EAGAIN || n == -EINTR || n == -ENOBUFS || n == -ENOMEM ?
	    ASK_LATER : ASK_NEVER;
}

static enum asked
ask_ours(struct state *s, struct link *l, const char *token)
{
	enum asked r = ASK_NEVER;
	uint32_t shown;
	long fd;
	const struct window *w = reader_window(&l->reader, &shown);

	if (l->reader.lost) {
		show(s, l);
		return ASK_NEVER;
	}
	if (!w || !l->reader.objects.activation || !reader_between(&l->reader))
		return ASK_LATER;
	fd = SYS3(SYS_fcntl, l->fd, F_DUPFD_CLOEXEC, 0);
	if (fd == -EMFILE)
		return ASK_LATER;
	if (fd >= 0 && link_same(l, (int)fd))
		r = write_on((int)fd, l, w->surface, token);
	if (fd >= 0)
		sys_close((int)fd);
	if (r == ASK_NEVER) {
		link_drop(l); /* the connection has been closed */
		show(s, l);
	}
	return r;
}

enum asked
ask(struct state *s, struct link *l, const char *token)
{
	enum asked r;

	if (!link_take(l))
		return ASK_LATER;
	r = l->live ? ask_ours(s, l, token) : ASK_NEVER;
	link_leave(l);
	return r;
}
