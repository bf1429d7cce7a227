/*
 * streams.c: the standard streams of the program, where they are not those of
 * the launch.
 *
 * A shell's $(...), ssh and cron wait until nobody has their pipe open any more,
 * which a program in the background would have until it ends.  So with
 * --background it gets /dev/null, or the file of --output, for each stream that
 * is a pipe or a socket.  The launch itself keeps the caller's streams up to the
 * exec: its messages, and what it hands over to a handler, are the caller's.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "cli/base/io.h"
#include "cli/core/launch/launch.h"
#include "preload/contract.h"

enum { MODE = 0666 };

static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

int
streams_open(struct launch *l, struct fault *f)
{
	int fd = open(l->o->output, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY |
	    O_CLOEXEC, MODE);

	if (fd < 0)
		return fault_errno(f, fault_state(errno), errno,
		    "cannot open the output file ", l->o->output, NULL);
	l->born.output = fd;
	return 0;
}

/* What stream i of the program is.  0: the caller's; -1: /dev/null. */
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
		int fd = stream_of(i, b->output, b->told);

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
