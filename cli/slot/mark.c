/*
 * mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

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
unread(int err)
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
		return unread(errno);
	if (!marked(env, mark))
		return 0;
	return ours(pid) ? 1 : unread(errno);
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

bool
mark_stale(const char *folder, pid_t owner)
{
	char mark[MARK];
	bool stale = false;
	struct proc p, first;
	struct buf env;

	if (proc_read(owner, &first) < 0)
		first.start = 0;
	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	for (pid_t pid = getpid(); pid > 1 && pid != owner && !stale;
	    pid = p.parent) {
		if (proc_read(pid, &p) < 0 || carries(pid, mark, &env) != 1)
			break;
		stale = p.start < first.start;
	}
	buf_free(&env);
	return stale;
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
			if (unread(errno) < 0)
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
