/*
 * activation.c: what a second launch hands over, and how it is sent.
 *
 * The request holds the arguments and the part of the environment that may be
 * sent (carried.h).  The streams follow in a separate message, when the keeper
 * asks for them (NEED).
 */
#include <sys/socket.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sha2.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/interp.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/core/meet/activation.h"
#include "cli/core/meet/command.h"
#include "cli/core/meet/meet.h"
#include "cli/core/meet/messages.h"
#include "cli/core/slot/folder.h"
#include "cli/core/wire/ask.h"
#include "cli/core/wire/carried.h"

/* How many words after the program identify the application: those up to an
 * interpreter's script, or all. */
static size_t
other_own(const struct launched *l)
{
	char *const *own;
	size_t n = 1;

	if (!l->words || l->line)
		return 0;
	own = l->words + l->front;
	if (!l->whole) {
		n = interp_operands(l->file, own);
		return n ? n - 1 : 0;
	}
	while (own[n])
		n++;
	return n - 1;
}

void
untaken_find(const struct launched *l, char *const *args, struct untaken *u)
{
	for (char *const *arg = args + other_own(l); *arg; arg++) {
		if (*arg != l->document)
			untaken_add(u, *arg);
	}
}

enum {
	REQUEST = 4096, /* a keeper always has room for this */
	AGAIN_US = 5000
};

static void
environment_put(struct buf *b)
{
	for (char **e = environ; *e; e++) {
		if (carried_kind(*e) != CARRIED_NOT)
			fields_put(b, "env", *e);
	}
}

/* How many leading arguments need no handler: those that identify the program
 * or, if the document is open, all. */
static size_t
activation_own(const struct activation *a)
{
	size_t n = 0;

	if (!a->launched.document)
		return *a->args ? other_own(&a->launched) : 0;
	while (a->args[n])
		n++;
	return n;
}

/* If many launches send large requests, the keeper may have no room: then it
 * reads ours after serving others, however long that takes. */
static int
request_push(const struct buf *b, struct meeting *m, int fd, bool *kept)
{
	size_t at = 0;
	ssize_t n;

	while (at < b->len) {
		n = IO_RETRY(send(fd, b->at + at, b->len - at, MSG_NOSIGNAL));
		if (n >= 0) {
			at += (size_t)n;
		} else if (errno != EAGAIN) {
			return -1;
		} else if (patience_look(&m->patience, m->place) !=
		    PATIENCE_LASTS) {
			errno = EAGAIN;
			return -1;
		} else {
			*kept = true;
		}
	}
	return 0;
}

int
activation_send(const struct activation *a, struct meeting *m, int fd,
    bool *kept)
{
	char storage[REQUEST];
	struct buf b;
	enum notify notify;
	size_t start, own;
	int r;

	buf_init(&b, storage, sizeof(storage));
	start = ask_begin(&b, FRAME_ACTIVATE, m->place->slot.hash);
	if (a->until_exit)
		fields_put(&b, "until", "1");
	if (a->asks)
		fields_put_num(&b, "asks", a->asks);
	if (a->must_deliver)
		fields_put(&b, "must", "1");
	if (a->quiet)
		fields_put(&b, "quiet", "1");
	if (a->raise)
		fields_put(&b, "raise", a->raise);
	if (a->verbose)
		fields_put(&b, "say", "1");
	if ((notify = words_notifies(a->quiet)) != NOTIFY_NOT)
		fields_put_num(&b, "notify", (long long)notify);
	for (size_t i = 0; i < a->nvalued; i++)
		fields_put(&b, "valued", a->valued[i]);
	for (char **arg = a->args; *arg; arg++)
		fields_put(&b, "arg", *arg);
	if ((own = activation_own(a)))
		fields_put_num(&b, "own", (long long)own);
	environment_put(&b);
	r = frame_end(&b, start);
	if (r == 0)
		r = request_push(&b, m, fd, kept);
	buf_free(&b);
	return r;
}

/* The user's other processes may have too many descriptors in flight (unix(7),
 * ETOOMANYREFS).  That passes: try again. */
static int
crowd_send(int fd, const struct buf *b, const int *fds, size_t n)
{
	long long until = clock_now() + PATIENCE_MS;
	int r;

	while ((r = sock_send(fd, b->at, b->len, fds, n)) < 0 &&
	    errno == ETOOMANYREFS && clock_now() < until)
		clock_sleep(AGAIN_US);
	return r;
}

int
activation_streams(const struct activation *a, int fd, int err)
{
	char storage[64], names[4] = "";
	int fds[4], n = 0, null = -1, r;
	struct text t;
	struct buf b;
	size_t start;

	fds[n++] = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fds[0] < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM))
		return -1; /* no handler rather than one in the wrong place */
	/* A folder that its user may not enter has no files for it either. */
	if (fds[0] < 0)
		fds[0] = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (a->no_stdin)
		null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	t = text_in(names, sizeof(names));
	for (int i = 0; i <= 2; i++) {
		if (i == 0 && null >= 0)
			fds[n++] = null;
		else if (i && a->output)
			fds[n++] = a->output;
		else if (a->closed & 1U << i)
			continue;
		else
			fds[n++] = i == 2 && err >= 0 ? err : i;
		text_num(&t, i);
	}
	buf_init(&b, storage, sizeof(storage));
	start = frame_begin(&b, FRAME_STREAMS);
	fields_put(&b, "open", names);
	r = frame_end(&b, start);
	if (r == 0)
		r = crowd_send(fd, &b, fds, (size_t)n);
	io_close(&fds[0]);
	io_close(&null);
	return r;
}
