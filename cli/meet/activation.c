/*
 * activation.c: what a second launch hands over, and how it is sent.
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/meet/activation.h"
#include "cli/meet/await.h"
#include "cli/text.h"
#include "cli/wire/ask.h"
#include "cli/wire/carried.h"

enum { REQUEST = 4096 }; /* what a keeper has room for in any case */

static void
environment_put(struct buf *b)
{
	for (char **e = environ; *e; e++) {
		if (carried_kind(*e) != CARRIED_NOT)
			fields_put(b, "env", *e);
	}
}

bool
activation_notifies(const struct activation *a)
{
	struct termios t;

	return !a->quiet && (getenv("DISPLAY") || getenv("WAYLAND_DISPLAY")) &&
	    tcgetattr(2, &t) < 0;
}

/* Where many send much, it takes a keeper that has no room as long as it has
 * others to serve. */
static int
request_push(const struct buf *b, const struct place *p, int fd, bool *kept)
{
	struct await turn = { .told = true };
	size_t at = 0;
	struct fault f;
	ssize_t n;

	while (at < b->len) {
		n = IO_RETRY(send(fd, b->at + at, b->len - at, MSG_NOSIGNAL));
		if (n >= 0) {
			at += (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		} else if (await_look(&turn, p, &f) != AWAIT_ON) {
			errno = EAGAIN;
			return -1;
		} else {
			*kept = true;
		}
	}
	return 0;
}

int
activation_send(const struct activation *a, const struct place *p, int fd,
    struct sent *sent)
{
	char storage[REQUEST];
	struct buf b;
	size_t start;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_ACTIVATE, p->slot.hash);
	if (a->until_exit)
		fields_put(&b, "until", "1");
	if (a->raise)
		fields_put(&b, "raise", a->raise);
	if (a->verbose)
		fields_put(&b, "say", "1");
	if (activation_notifies(a))
		fields_put(&b, "notify", "1");
	for (char **arg = a->args; *arg; arg++)
		fields_put(&b, "arg", *arg);
	environment_put(&b);
	r = frame_end(&b, start);
	sent->large = b.len > REQUEST;
	if (r == 0)
		r = request_push(&b, p, fd, &sent->kept);
	buf_free(&b);
	return r;
}

int
activation_streams(const struct activation *a, int fd)
{
	char storage[64], names[4] = "";
	int fds[4], n = 0, null = -1, r;
	struct text t;
	struct buf b;
	size_t start;

	fds[n++] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds[0] < 0 && (errno == EMFILE || errno == ENFILE))
		return -1; /* not a handler in the wrong place */
	if (fds[0] < 0)
		fds[0] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->no_stdin)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	text_init(&t, names, sizeof(names));
	for (int i = 0; i <= 2; i++) {
		if (i == 0 && null >= 0)
			fds[n++] = null;
		else if (a->closed & 1U << i)
			continue;
		else
			fds[n++] = i;
		text_num(&t, i);
	}
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_STREAMS);
	fields_put(&b, "open", names);
	r = frame_end(&b, start);
	if (r == 0)
		r = sock_send(fd, b.at, b.len, fds, (size_t)n);
	io_close(&fds[0]);
	io_close(&null);
	return r;
}
