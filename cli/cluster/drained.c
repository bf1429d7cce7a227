/*
 * drained.c: the file that marks a host as drained.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/number.h"
#include "cli/base/points.h"
#include "cli/base/replace.h"
#include "cli/base/text.h"
#include "cli/cluster/drained.h"
#include "cli/cluster/engine.h"
#include "preload/contract.h"
#include "preload/paths.h"

static const char *
mark_path(void)
{
	return point_path("ONLYONE_TEST_DRAINED", SYSCONFDIR
	    "/onlyone/drained");
}

bool
drained_is(long long *kill_ms)
{
	char text[32] = "";
	int fd;

	/* This needs no descriptor. */
	if (access(mark_path(), F_OK) < 0)
		return false;
	if (!kill_ms)
		return true;
	fd = open(mark_path(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0)
		io_read(fd, text, sizeof(text) - 1);
	io_close(&fd);
	text[strcspn(text, "\n")] = '\0';
	if (number_parse(text, kill_ms) < 0 || *kill_ms < 0)
		*kill_ms = -1;
	return true;
}

long long
drained_next(int ttl)
{
	enum { MOST_MS = 5000 };

	return clock_boot() + engine_part(ttl * 1000LL, LEASE_PARTS, 0,
	    MOST_MS);
}

int
drained_set(long long kill_ms, struct fault *f)
{
	char line[32], folder[PATH_MAX];
	int err = 0;

	text_join(line, sizeof(line), TEXT_NUM(kill_ms), "\n", NULL);
	/* /etc/onlyone.  Every user has to see it. */
	if (text_join(folder, sizeof(folder), mark_path(), NULL)) {
		*strrchr(folder, '/') = '\0';
		if (mkdir(folder, 0755) == 0)
			chmod(folder, 0755);
		else if (errno != EEXIST)
			err = errno;
	}
	if (file_replace(mark_path(), line, strlen(line)) == 0)
		return 0;
	err = err ? err : errno;
	return fault_errno(f, err == EACCES ? EXIT_DENIED : EXIT_SYSTEM, err,
	    "cannot write ", mark_path(), NULL);
}

int
drained_end(struct fault *f)
{
	if (unlink(mark_path()) == 0 || errno == ENOENT)
		return 0;
	return fault_errno(f, errno == EACCES ? EXIT_DENIED : EXIT_SYSTEM,
	    errno, "cannot remove ", mark_path(), NULL);
}
