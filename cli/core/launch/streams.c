/*
 * streams.c: the standard streams of the program, where they are not those of
 * the launch.
 *
 * A shell's $(...), ssh and cron wait until no process has their pipe open; a
 * program in the background would keep it open until it exits.  So with
 * --background the program gets /dev/null, or the file of --output, for each
 * stream that is a pipe or a socket.  The launch itself keeps the caller's
 * streams until the exec, for its messages and for a handler.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/core/launch/parts.h"
#include "cli/core/launch/streams.h"
#include "cli/core/launch/without.h"
#include "cli/core/slot/named_file.h"
#include "preload/contract.h"

enum { MODE = 0666 };

static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

/* O_NONBLOCK: a FIFO without a reader would block us forever.  Create the file
 * only if there is none, as for a lock file. */
static int
output_open(int folder, const char *name, int flags)
{
	int fd;

	flags |= O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	fd = openat(folder, name, flags, 0);
	if (fd < 0 && errno == ENOENT)
		fd = openat(folder, name, flags | O_CREAT, MODE);
	return fd;
}

/* The problem with the opened file; NULL: none.  Its creator could read what we
 * write, the reason for fs.protected_regular and protected_fifos (proc(5)).  A
 * hard link to a file of ours could make us write into that file; if that is
 * writable by all, no link is needed. */
static const char *
output_wrong(int fd, const struct named_file *n)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return fault_text(errno);
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return NULL;
	if (n->theirs)
		return "it is another user's" NAMED_FILE_WAY;
	return n->shared && st.st_nlink > 1 && !(st.st_mode & S_IWOTH) ?
	    "it has other names" NAMED_FILE_WAY : NULL;
}

/* Why it could not be opened. */
static const char *
output_why(int err, const struct named_file *n)
{
	return n->link ? "it is a link, or behind one" NAMED_FILE_WAY :
	    err == ENXIO ? "it is a FIFO that no process"
	    " reads, a socket, or a device that is not there" :
	    err == EWOULDBLOCK ? "another process has a lease on it" :
	    fault_text(err);
}

int
streams_open(struct launch *l, struct fault *f)
{
	/* By then a file server has given up its lease. */
	enum { LEASE_MS = 1000 };
	struct named_file n;
	const char *why;
	int fd, err;

	fd = named_file(l->o->output, output_open, clock_now() + LEASE_MS, &n);
	err = errno;
	why = fd < 0 ? output_why(err, &n) : output_wrong(fd, &n);
	if (why) {
		fault_set(f, fd < 0 ? fault_state(err) : EXIT_STATE, "cannot"
		    " open the output file ", l->o->output, ": ", why, NULL);
		if (fd < 0 && !n.link && n.theirs)
			fault_more(f, NAMED_FILE_WAY, NULL);
		io_close(&fd);
		return without_file(l, WITHOUT_OUTPUT, f) ? 0 : -1;
	}
	fcntl(fd, F_SETFL, O_APPEND); /* the program blocks when it writes */
	l->born.output = fd;
	return 0;
}

/* The program's stream i. 0: the caller's; -1: /dev/null. */
static int
stream_of(int i, int output, bool background)
{
	if (i && output)
		return output;
	return background && is_pipe(i) ? -1 : 0;
}

int
streams_give(const struct born *b, int *kept, struct fault *f)
{
	int null = -1, r = 0;

	for (int i = 0; kept && i <= 2; i++)
		kept[i] = -1;
	for (int i = 0; i <= 2 && r >= 0; i++) {
		int fd = stream_of(i, b->output, b->tell_fd);

		if (!fd)
			continue;
		if (fd < 0 && null < 0)
			null = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (kept)
			kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 3);
		r = dup2(fd < 0 ? null : fd, i);
	}
	if (r < 0) {
		fault_errno(f, EXIT_SYSTEM, errno, "cannot open /dev/null",
		    NULL);
		streams_back(kept);
	}
	io_close(&null);
	return r < 0 ? -1 : 0;
}

void
streams_back(int *kept)
{
	for (int i = 0; kept && i <= 2; i++) {
		if (kept[i] >= 0)
			dup2(kept[i], i);
		io_close(&kept[i]);
	}
}
