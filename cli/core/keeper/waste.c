/*
 * waste.c: close sockets without waiting.
 *
 * Nothing can be sent to a socket that has been shut down: if it is empty then,
 * to close it closes no descriptor in it.  Other sockets go to a child, which
 * keeps them a moment longer than the keeper: so the last close, which may
 * block, is the child's.  The keeper does not wait for the child.
 */
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <bsd/unistd.h>
#include <errno.h>
#include <linux/sockios.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/keeper/fds.h"
#include "cli/core/keeper/state.h"
#include "cli/core/keeper/waste.h"
#include "cli/core/wire/sock.h"

enum {
	PAUSE_MS = 100, /* between two children */
	/* Longer than a child that was forked earlier needs to close its copies
	 * of our descriptors. */
	STAY_MS = 2000
};

static void
waste_add(struct waste *w, int *fd)
{
	int *at = w->at;

	if (w->n == w->cap) {
		at = realloc(w->at, (w->cap * 2 + 16) * sizeof(*at));
		if (at) {
			w->at = at;
			w->cap = w->cap * 2 + 16;
		}
	}
	/* Without memory the socket stays open as long as the keeper lives. */
	if (at)
		at[w->n++] = *fd;
	*fd = -1;
}

static bool
is_empty(int fd)
{
	int left;

	return ioctl(fd, SIOCINQ, &left) == 0 && !left;
}

/* Take bytes that came without descriptors out of the socket: a child would
 * keep our file systems busy for nothing.  (Not past an out-of-band byte: that
 * is skipped, with the descriptors beside it.) Whether the socket is empty
 * now. */
static bool
words_drop(int fd)
{
	struct pollfd urgent = { fd, POLLPRI, 0 };
	char words[1024];
	bool beside;

	if (poll(&urgent, 1, 0) < 0 || urgent.revents & POLLPRI)
		return false;
	while (sock_words(fd, words, sizeof(words), &beside) > 0 && !beside)
		;
	return is_empty(fd);
}

void
waste_shut(struct keeper *k, int *fd)
{
	if (*fd < 0)
		return;
	shutdown(*fd, SHUT_RDWR);
	if (is_empty(*fd) || words_drop(*fd))
		io_close(fd);
	else
		waste_add(&k->waste, fd);
}

void
waste_deaf(struct keeper *k, int *listen)
{
	int fd;

	if (*listen < 0)
		return;
	shutdown(*listen, SHUT_RD);
	while ((fd = accept4(*listen, NULL, NULL,
	    SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		waste_shut(k, &fd);
	/* EAGAIN or EINVAL: all connections are accepted. */
	if (errno == EAGAIN || errno == EINVAL)
		io_close(listen);
	else
		waste_add(&k->waste, listen);
}

static void
waste_give(struct waste *w)
{
	pid_t pid = fork();

	if (pid == 0) {
		setproctitle("-onlyone closing connections");
		fds_keep(0, w->at, w->n);
		poll(NULL, 0, STAY_MS);
		_exit(0);
	}
	if (pid < 0)
		return;
	while (w->n)
		close(w->at[--w->n]);
}

void
waste_round(struct keeper *k)
{
	struct waste *w = &k->waste;

	if (!w->n || w->next > clock_now())
		return;
	waste_give(w);
	w->next = clock_now() + PAUSE_MS;
}

long long
waste_due(const struct keeper *k)
{
	return k->waste.n ? k->waste.next : 0;
}

void
waste_last(struct keeper *k)
{
	if (k->waste.n)
		waste_give(&k->waste);
}
