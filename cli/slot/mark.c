/*
 * mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/io.h"
#include "cli/number.h"
#include "cli/proc.h"
#include "cli/slot/mark.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { ENVIRON_LIMIT = 8 << 20 };

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

size_t
mark_scan(const char *folder, pid_t *pids, size_t cap)
{
	char mark[PATH_MAX + sizeof(ENV_SLOT)], name[32];
	struct dirent *e;
	struct text t;
	struct buf env;
	size_t n = 0;
	pid_t pid;
	DIR *d = opendir("/proc");
	int fd;

	if (!d)
		return 0;
	text_init(&t, mark, sizeof(mark));
	text_add(&t, ENV_SLOT "=");
	text_add(&t, folder);
	buf_init(&env, NULL, 0);
	while (n < cap && (e = readdir(d))) {
		if (number_pid(e->d_name, &pid) < 0)
			continue;
		text_init(&t, name, sizeof(name));
		text_add(&t, e->d_name);
		text_add(&t, "/environ");
		fd = openat(dirfd(d), name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		env.len = 0;
		if (io_slurp(fd, &env, ENVIRON_LIMIT) == 0 &&
		    marked(&env, mark))
			pids[n++] = pid;
		io_close(&fd);
	}
	closedir(d);
	buf_free(&env);
	return n;
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
