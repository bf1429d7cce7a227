/*
 * own_mapping.h: a folder with a mapping, and those who hold it.
 *
 * The holder is a child that runs the shim's own mapping_adopt (it is included
 * here, since programs do not link it) and waits to be killed.
 */
#ifndef MAPPING_TEST_H
#define MAPPING_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/base/compat.h"
#include "cli/core/slot/mapping.h"
#include "tests/unit/tap.h"

#include "preload/own_mapping.c"
#include "preload/vetted.c"

enum { MANY = 16, PATIENCE = 60 /* seconds that a child waits */ };

static char dir[256];
static const char *name; /* the last part of it */
static int folder;
static enum mapping_state unheld; /* on overlayfs nothing is told */

/* What children do; not for ever, should this program end early. */
static inline void
wait_killed(void)
{
	alarm(PATIENCE);
	for (;;)
		pause();
}

/* Write the pidfile as the launch does. */
static inline void
pid_write(pid_t pid)
{
	int fd = openat(
	    folder, "pid", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || dprintf(fd, "%d\n", pid) < 0)
		abort();
	close(fd);
}

struct report {
	pid_t pid;
	bool held;
};

/* A child that adopts the slot and waits; forked: with a child of its own. */
static inline pid_t
holder_make(pid_t *forked)
{
	unsigned long long inode;
	struct report r;
	int end[2];
	pid_t pid;

	if (pipe(end) < 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		pid_write(getpid());
		r.held = mapping_adopt(dir, getpid(), ADOPT_OWNER, &inode);
		if (forked)
			fork();
		r.pid = getpid();
		if (write(end[1], &r, sizeof(r)) != sizeof(r))
			_exit(1);
		wait_killed();
	}
	for (int n = forked ? 2 : 1; n; n--) {
		if (read(end[0], &r, sizeof(r)) != sizeof(r) || !r.held)
			abort();
		if (r.pid != pid)
			*forked = r.pid;
	}
	close(end[0]);
	close(end[1]);
	return pid;
}

static inline void
holder_end(pid_t pid)
{
	kill(pid, SIGKILL);
	if (waitpid(pid, NULL, 0) != pid)
		abort();
}

/* Where mappings can be seen to be locked, if there is such a place. */
static inline void
set_up(void)
{
	const char *in =
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : getenv("TMPDIR");
	struct statfs fs;

	snprintf(dir, sizeof(dir), "%s/mapping_test.XXXXXX", in ? in : "/tmp");
	if (!mkdtemp(dir) || (folder = open(dir, O_RDONLY | O_CLOEXEC)) < 0 ||
	    fstatfs(folder, &fs) < 0) {
		printf("Bail out! %s: %s\n", dir, strerror(errno));
		exit(1);
	}
	name = strrchr(dir, '/') + 1;
	unheld = fs.f_type == FS_OVERLAY ? MAPPING_UNKNOWN : MAPPING_FREE;
}

/* What main returns. */
static inline int
tear_down(void)
{
	char command[300];

	snprintf(command, sizeof(command), "rm -rf '%s'", dir);
	return system(command) || tap_end();
}

#endif
