/*
 * marks.c: who carries which mark, seen in one pass over all processes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/fault.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/slot/mark.h"
#include "cli/slot/marks.h"
#include "cli/slot/slot.h"
#include "preload/contract.h"

struct carrier {
	char name[SLOT_NAME_MAX]; /* of the slot's folder */
	pid_t pid;
};

static int
by_mark(const void *a, const void *b)
{
	const struct carrier *x = a, *y = b;

	return strcmp(x->name, y->name);
}

/* The slots below root of which an environment speaks.  -1: ENOMEM. */
static int
marks_read(struct marks *m, const struct buf *env, const char *root, pid_t pid)
{
	const char *e = env->at, *end = env->at + env->len;
	size_t n = strlen(ENV_SLOT "="), len = strlen(root);
	struct carrier c;

	if (!env->len || end[-1])
		return 0;
	for (; e < end; e += strlen(e) + 1) {
		if (strncmp(e, ENV_SLOT "=", n) || strncmp(e + n, root, len) ||
		    e[n + len] != '/' ||
		    strlen(e + n + len + 1) >= sizeof(c.name))
			continue;
		memset(&c, 0, sizeof(c));
		strcpy(c.name, e + n + len + 1);
		c.pid = pid;
		if (buf_add(&m->all, &c, sizeof(c)) < 0)
			return -1;
	}
	return 0;
}

int
marks_take(struct marks *m, const char *root)
{
	struct procs all;
	struct buf env;
	int err = 0;
	pid_t pid;

	buf_init(&m->all, NULL, 0);
	if (procs_begin(&all) < 0)
		return -1;
	buf_init(&env, NULL, 0);
	while (!err && procs_next(&all, &pid)) {
		env.len = 0;
		if (!ours_maybe(pid) || proc_environ(pid, &env) < 0) {
			if (errno && errno != ESRCH && !fault_of_path(errno))
				err = errno;
		} else if (marks_read(m, &env, root, pid) < 0) {
			err = ENOMEM;
		}
	}
	if (all.error)
		err = all.error;
	procs_end(&all);
	buf_free(&env);
	if (err) {
		marks_free(m);
		errno = err;
		return -1;
	}
	if (m->all.len)
		qsort(m->all.at, m->all.len / sizeof(struct carrier),
		    sizeof(struct carrier), by_mark);
	return 0;
}

int
marks_find(const struct marks *m, const char *folder, pid_t *pids, size_t cap)
{
	const struct carrier *at = (void *)m->all.at, *c;
	size_t n = m->all.len / sizeof(*at), count = 0;
	const char *name = strrchr(folder, '/');
	struct carrier key = { 0 };

	if (!n || !name || strlen(++name) >= sizeof(key.name))
		return 0;
	memset(&key, 0, sizeof(key));
	strcpy(key.name, name);
	c = bsearch(&key, at, n, sizeof(*at), by_mark);
	while (c && c > at && !strcmp(c[-1].name, name))
		c--;
	for (; c && c < at + n && count < cap && !strcmp(c->name, name); c++) {
		if (mark_has(folder, c->pid))
			pids[count++] = c->pid;
	}
	return (int)count;
}

void
marks_free(struct marks *m)
{
	buf_free(&m->all);
}
