/*
 * cgroup.c: a cgroup of its own for a job, where we may make one.
 */
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/clock.h"
#include "cli/base/io.h"
#include "cli/base/text.h"
#include "cli/cluster/cgroup.h"

enum { TEXT = 4096 };

/* Where cgroups of version 2 are mounted: alone, or beside those of version 1. */
static const char *const mounts[] = { "/sys/fs/cgroup",
	"/sys/fs/cgroup/unified" };

/* The folder of our own cgroup; -1. */
static int
own_open(void)
{
	char text[TEXT], path[PATH_MAX], *own;
	struct statfs fs;
	int dir;

	if (io_file("/proc/self/cgroup", text, sizeof(text)) <= 0)
		return -1;
	own = strncmp(text, "0::", 3) ? strstr(text, "\n0::") : text;
	if (!own)
		return -1;
	own = strstr(own, "::") + 2;
	own[strcspn(own, "\n")] = '\0';
	for (size_t i = 0; i < sizeof(mounts) / sizeof(*mounts); i++) {
		if (!text_join(path, sizeof(path), mounts[i], own, NULL))
			return -1;
		dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir >= 0 && fstatfs(dir, &fs) == 0 &&
		    fs.f_type == CGROUP2_SUPER_MAGIC)
			return dir;
		io_close(&dir);
	}
	return -1;
}

static void
file_write(int dir, const char *name, const char *text)
{
	int fd = dir < 0 ? -1 : openat(dir, name, O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		io_write(fd, text, strlen(text));
	io_close(&fd);
}

void
cgroup_make(struct cgroup *c)
{
	*c = (struct cgroup)CGROUP_NONE;
	c->above = own_open();
	text_join(c->name, sizeof(c->name), "onlyone-cluster.",
	    TEXT_NUM(getpid()), NULL);
	/* One of this name is of a process that has exited. */
	if (c->above >= 0 && (mkdirat(c->above, c->name, 0755) == 0 ||
	    (errno == EEXIST &&
	    unlinkat(c->above, c->name, AT_REMOVEDIR) == 0 &&
	    mkdirat(c->above, c->name, 0755) == 0)))
		c->dir = openat(c->above, c->name, O_RDONLY | O_DIRECTORY |
		    O_CLOEXEC);
	if (c->dir < 0 || faccessat(c->dir, "cgroup.kill", W_OK, 0) < 0)
		cgroup_remove(c);
}

pid_t
cgroup_fork(struct cgroup *c)
{
	struct clone_args args = { .flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD };
	pid_t pid;

	if (c->dir < 0)
		return fork();
	args.cgroup = (__u64)c->dir;
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	if (pid >= 0)
		return pid;
	cgroup_remove(c);
	return fork();
}

void
cgroup_kill(const struct cgroup *c)
{
	file_write(c->dir, "cgroup.kill", "1");
}

void
cgroup_freeze(const struct cgroup *c, bool freeze)
{
	file_write(c->dir, "cgroup.freeze", freeze ? "1" : "0");
}

bool
cgroup_lives(const struct cgroup *c)
{
	char text[TEXT];
	ssize_t n = -1;
	int fd;

	if (c->dir < 0)
		return false;
	fd = openat(c->dir, "cgroup.events", O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = io_read(fd, text, sizeof(text) - 1);
	io_close(&fd);
	/* One that was removed was empty. */
	if (n < 0)
		return errno != ENOENT && errno != ENODEV;
	text[n] = '\0';
	return !strstr(text, "populated 0");
}

/* Processes that are left go back to our own cgroup. */
static void
processes_return(const struct cgroup *c)
{
	enum { MOST = 64 << 20 };
	struct buf text = { 0 };
	char *next, *pid;
	int fd = openat(c->dir, "cgroup.procs", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && io_slurp(fd, &text, MOST) == 0 &&
	    buf_add(&text, "", 1) == 0) {
		next = text.at;
		while ((pid = strsep(&next, "\n")) && *pid)
			file_write(c->above, "cgroup.procs", pid);
	}
	io_close(&fd);
	buf_free(&text);
}

void
cgroup_remove(struct cgroup *c)
{
	enum { TRIES = 10, PAUSE_US = 5000 };

	/* One that has just exited is in it for another moment. */
	for (int i = 0; c->dir >= 0 && i < TRIES; i++) {
		if (unlinkat(c->above, c->name, AT_REMOVEDIR) == 0 ||
		    errno != EBUSY)
			break;
		processes_return(c);
		if (i)
			clock_sleep(PAUSE_US);
	}
	io_close(&c->dir);
	io_close(&c->above);
}
