/*
 * look.c: what is read of another process, by a child of ours.
 *
 * What stands in execve is in tests/stillness.bats.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/base/buf.h"
#include "cli/base/look.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "tests/unit/tap.h"

enum { LARGE = 100000 };

/* A child that stays, with this environment. */
static pid_t
sleep_make(char *const env[])
{
	static char *const argv[] = { (char *)"sleep", (char *)"100", NULL };
	struct buf now;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		execve("/bin/sleep", argv, env);
		_exit(1);
	}
	/* Of what it executes the kernel sets the file's name first, and then
	 * where arguments and environment are. */
	buf_init(&now, NULL, 0);
	while (look_file(pid, "cmdline", &now, LARGE) < 0 ||
	    now.len < sizeof("sleep") || strcmp(now.at, "sleep")) {
		now.len = 0;
		usleep(1000);
	}
	buf_free(&now);
	return pid;
}

/* The child that looks; 0. */
static pid_t
looker(void)
{
	char path[64], pids[256] = "", *rest = pids;
	pid_t pid, found = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, pids, sizeof(pids) - 1) < 0)
		*pids = '\0';
	close(fd);
	while ((pid = (pid_t)strtol(rest, &rest, 10)))
		found = look_is(pid) ? pid : found;
	return found;
}

static void
reads(pid_t pid, const char *large)
{
	char text[PATH_MAX];
	struct stat st, us;
	struct buf b;

	buf_init(&b, NULL, 0);
	ok(look_environ(pid, &b) == 0 && b.len == 4 + LARGE + 1 &&
		!strcmp(b.at, "A=1") && !strcmp(b.at + 4, large),
	    "read: an environment, however large");
	b.len = 0;
	ok(look_file(pid, "cmdline", &b, 100) == 0 && b.len == 10 &&
		!memcmp(b.at, "sleep\0" "100", 10),
	    "read: arguments");
	b.len = 0;
	errno = 0;
	ok(look_file(pid, "environ", &b, 100) < 0 && errno == EFBIG,
	    "read: no more than wanted");
	buf_free(&b);
	ok(look_stat(pid, "ns/pid", &st) == 0 &&
		stat("/proc/self/ns/pid", &us) == 0 && st.st_ino == us.st_ino,
	    "stat: what a link leads to");
	ok(look_opens(pid, "/dev/null") == 1 && look_opens(pid, "pipe:[0]") == 0,
	    "opens: what it has");
	ok(look_link(getpid(), "exe", text, sizeof(text)) > 0 &&
		strstr(text, "rights_test"),
	    "link: our own");
	ok(look_link(pid, "exe", text, 4) == 3 && strlen(text) == 3,
	    "link: cut where there is no room");
}

static void
children(pid_t pid)
{
	char text[PATH_MAX];
	pid_t first, seen;
	struct procs all;
	bool listed = false;
	int status;

	ok(looker() == 0, "child: none outside of a look");
	look_begin();
	look_begin();
	look_link(pid, "exe", text, sizeof(text));
	first = looker();
	look_end();
	look_link(pid, "exe", text, sizeof(text));
	ok(first && looker() == first, "child: one from begin to end");
	ok(waitpid(-1, &status, WNOHANG) == 0,
	    "child: a wait that is not for it does not see it");
	if (procs_begin(&all) == 0) {
		while (procs_next(&all, &seen))
			listed |= seen == first;
		procs_end(&all);
	}
	ok(!listed, "child: it is not among the processes");
	for (int sig = SIGKILL; sig; sig = sig == SIGKILL ? SIGSTOP : 0) {
		first = looker();
		kill(first, sig);
		ok(look_link(pid, "exe", text, sizeof(text)) > 0 &&
			looker() != first,
		    "child: after signal %d there is another", sig);
	}
	look_end();
	ok(looker() == 0, "child: it is gone with the look");
}

/* In a process of its own: whose the other is, if there is one. */
static void
others(pid_t pid)
{
	char text[PATH_MAX];
	struct stat st;
	int status = 1;
	pid_t child;

	stat("/proc/1/", &st);
	if (geteuid() && st.st_uid == geteuid())
		return;
	child = fork();
	if (child == 0) {
		if (!geteuid() && setuid(1) < 0)
			_exit(2);
		errno = 0;
		_exit(look_link(geteuid() == 1 ? pid : 1, "exe", text,
			sizeof(text)) < 0 &&
			errno == EACCES && looker() == 0 ? 0 : 1);
	}
	waitpid(child, &status, 0);
	ok(status == 0, "others: not touched, and no child for it");
}

void
look_part(void)
{
	char *large = malloc(LARGE + 1), text[PATH_MAX];
	char *const env[] = { (char *)"A=1", large, NULL };
	int status, null = open("/dev/null", O_RDONLY);
	pid_t pid;

	memset(large, 'x', LARGE);
	large[LARGE] = '\0';
	pid = sleep_make(env);
	close(null);
	reads(pid, large);
	children(pid);
	others(pid);
	child_end(pid);
	errno = 0;
	ok(look_link(pid, "exe", text, sizeof(text)) < 0 &&
		(errno == ENOENT || errno == ESRCH) && !*text,
	    "link: none of one that has ended");
	ok(waitpid(-1, &status, WNOHANG | __WALL) < 0 && errno == ECHILD,
	    "child: none is left");
	free(large);
}
