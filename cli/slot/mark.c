/*
 * mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/clock.h"
#include "cli/fault.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/mark.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { MARK = PATH_MAX + sizeof(ENV_SLOT) };

static bool
marked(const struct buf *env, const char *mark)
{
	const char *e = env->at, *end = env->at + env->len;
	bool found = false;

	if (!env->len || end[-1])
		return false;
	for (; e < end; e += strlen(e) + 1) {
		if (!strncmp(e, ENV_PID "=", sizeof(ENV_PID)))
			return false;
		found |= !strcmp(e, mark);
	}
	return found;
}

static void
mark_make(const char *folder, char *mark)
{
	struct text t;

	text_init(&t, mark, MARK);
	text_add(&t, ENV_SLOT "=");
	text_add(&t, folder);
}

/* What it means that a process could not be looked at: as carries. */
static int
mark_unread(int err)
{
	return !err || err == ESRCH || fault_of_path(err) ? 0 : -1;
}

/* Whether it is a process of ours and carries it; env is for its
 * environment.  -1: the system does not let us look, errno. */
static int
carries(pid_t pid, const char *mark, struct buf *env)
{
	env->len = 0;
	if (!ours_maybe(pid) || proc_environ(pid, env) < 0)
		return mark_unread(errno);
	if (!marked(env, mark))
		return 0;
	return ours(pid) ? 1 : mark_unread(errno);
}

int
mark_scan(const char *folder, pid_t *pids, size_t cap)
{
	char mark[MARK];
	struct procs all;
	struct buf env;
	int n = 0, err = 0, has;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return errno == ENOENT ? 0 : -1;
	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	while ((size_t)n < cap && procs_next(&all, &pid)) {
		has = carries(pid, mark, &env);
		if (has < 0)
			err = errno;
		else if (has)
			pids[n++] = pid;
	}
	if (all.error)
		err = all.error;
	procs_end(&all);
	buf_free(&env);
	errno = err;
	return err ? -1 : n;
}

bool
mark_has(const char *folder, pid_t pid)
{
	char mark[MARK];
	struct buf env;
	bool has;

	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	has = carries(pid, mark, &env) == 1;
	buf_free(&env);
	return has;
}

/* When the first of the processes began from which process pid has the mark, as
 * far as they can be seen, and up to but not the owner; UINT64_MAX: it has
 * none.  In ticks since boot. */
static uint64_t
mark_begin(const char *folder, pid_t pid, pid_t owner)
{
	uint64_t begin = UINT64_MAX;
	char mark[MARK];
	struct buf env;
	struct proc p;

	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	for (; pid > 0 && pid != owner; pid = p.parent) {
		if (proc_read(pid, &p) < 0 || carries(pid, mark, &env) != 1)
			break;
		if (p.start < begin)
			begin = p.start;
	}
	buf_free(&env);
	return begin;
}

bool
mark_stale(const char *folder, pid_t owner)
{
	struct proc first;

	return proc_read(owner, &first) == 0 &&
	    mark_begin(folder, getpid(), owner) < first.start;
}

bool
mark_before(const char *folder, long long since)
{
	enum { STEPS_MS = 1000 }; /* that a clock is set by, unseen */
	uint64_t begin = mark_begin(folder, proc_self(), 0);

	return begin != UINT64_MAX && clock_wall() - clock_boot() +
	    (long long)begin * 1000 / sysconf(_SC_CLK_TCK) < since - STEPS_MS;
}

pid_t
mark_oldest(const char *folder, pid_t but)
{
	enum { MOST = 4096 };
	pid_t pids[MOST], oldest = 0;
	int n = mark_scan(folder, pids, MOST);
	uint64_t start = UINT64_MAX;
	struct proc p;

	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		if (pids[i] == getpid() || pids[i] == but)
			continue;
		if (proc_read(pids[i], &p) < 0) {
			if (mark_unread(errno) < 0)
				return -1;
			continue;
		}
		if (p.state == 'Z' || p.start >= start)
			continue;
		start = p.start;
		oldest = pids[i];
	}
	return oldest;
}
