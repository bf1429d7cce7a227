/*
 * mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "cli/io.h"
#include "cli/number.h"
#include "cli/slot/mark.h"
#include "cli/text.h"
#include "preload/contract.h"

enum { ENVIRON_LIMIT = 8 << 20 };

static bool
marked(const struct buf *env, const char *mark)
{
	const char *e = env->at, *end = env->at + env->len;

	for (; e < end; e += strnlen(e, (size_t)(end - e)) + 1) {
		if ((size_t)(end - e) > strlen(mark) && !strcmp(e, mark))
			return true;
	}
	return false;
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
