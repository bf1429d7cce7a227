/*
 * mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 */
#include <limits.h>
#include <string.h>
#include <unistd.h>

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

/* Whether it is a process of ours and carries it; env is for its
 * environment. */
static bool
carries(pid_t pid, const char *mark, struct buf *env)
{
	env->len = 0;
	return ours_maybe(pid) && proc_environ(pid, env) == 0 &&
	    marked(env, mark) && ours(pid);
}

size_t
mark_scan(const char *folder, pid_t *pids, size_t cap)
{
	char mark[MARK];
	struct procs all;
	struct buf env;
	size_t n = 0;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return 0;
	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	while (n < cap && procs_next(&all, &pid)) {
		if (carries(pid, mark, &env))
			pids[n++] = pid;
	}
	procs_end(&all);
	buf_free(&env);
	return n;
}

bool
mark_has(const char *folder, pid_t pid)
{
	char mark[MARK];
	struct buf env;
	bool has;

	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	has = carries(pid, mark, &env);
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
		if (proc_read(pid, &p) < 0 || !carries(pid, mark, &env))
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
	size_t n = mark_scan(folder, pids, MOST);
	uint64_t start = UINT64_MAX;
	struct proc p;

	for (size_t i = 0; i < n; i++) {
		if (pids[i] == getpid() || pids[i] == but ||
		    proc_read(pids[i], &p) < 0 || p.state == 'Z' ||
		    p.start >= start)
			continue;
		start = p.start;
		oldest = pids[i];
	}
	return oldest;
}
