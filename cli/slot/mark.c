/*
 * mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 */
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/mark.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { ENVIRON_LIMIT = 8 << 20, MARK = PATH_MAX + sizeof(ENV_SLOT) };

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

/* Whether a process of ours carries it; env is for its environment. */
static bool
carries(int proc, const char *pid, const char *mark, struct buf *env)
{
	char name[32];
	struct text t;
	bool found;
	int fd;

	text_init(&t, name, sizeof(name));
	text_add(&t, pid);
	text_add(&t, "/environ");
	fd = openat(proc, name, O_RDONLY | O_CLOEXEC);
	env->len = 0;
	found = fd >= 0 && io_slurp(fd, env, ENVIRON_LIMIT) == 0 &&
	    marked(env, mark);
	io_close(&fd);
	return found;
}

size_t
mark_scan(const char *folder, pid_t *pids, size_t cap)
{
	char mark[MARK];
	struct procs all;
	const char *digits;
	struct buf env;
	size_t n = 0;
	pid_t pid;

	if (procs_begin(&all) < 0)
		return 0;
	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	while (n < cap && (digits = procs_next(&all, &pid))) {
		if (carries(dirfd(all.dir), digits, mark, &env))
			pids[n++] = pid;
	}
	procs_end(&all);
	buf_free(&env);
	return n;
}

bool
mark_has(const char *folder, pid_t pid)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char mark[MARK], digits[24];
	struct buf env;
	struct text t;
	bool has;

	mark_make(folder, mark);
	text_init(&t, digits, sizeof(digits));
	text_num(&t, pid);
	buf_init(&env, NULL, 0);
	has = proc >= 0 && carries(proc, digits, mark, &env);
	buf_free(&env);
	io_close(&proc);
	return has;
}

bool
mark_stale(const char *folder, pid_t owner)
{
	int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char mark[MARK], digits[24];
	bool stale = false;
	struct text t;
	struct proc p, first;
	struct buf env;

	if (proc_read(owner, &first) < 0)
		first.start = 0;
	mark_make(folder, mark);
	buf_init(&env, NULL, 0);
	for (pid_t pid = getpid(); pid > 1 && pid != owner && !stale;
	    pid = p.parent) {
		text_init(&t, digits, sizeof(digits));
		text_num(&t, pid);
		if (proc_read(pid, &p) < 0 ||
		    !carries(proc, digits, mark, &env))
			break;
		stale = p.start < first.start;
	}
	buf_free(&env);
	io_close(&proc);
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
