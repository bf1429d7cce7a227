/*
 * env_mark.c: the environment mark of an instance: ONLYONE_SLOT=FOLDER and
 * ONLYONE_RUN=TIME.
 *
 * A process counts if it is wholly ours (ours.h), and its environment has the
 * mark but no ONLYONE_PID, which handlers and their children have.  A process
 * that we cannot read is judged by its parent in the same session; if that does
 * not help, env_marks_take leaves the process out; elsewhere the result is `not
 * known`.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/base/fields.h"
#include "cli/base/look.h"
#include "cli/base/ours.h"
#include "cli/base/proc.h"
#include "cli/base/procs.h"
#include "cli/base/text.h"
#include "cli/core/slot/env_mark.h"
#include "cli/core/slot/slot.h"
#include "preload/contract.h"

/*
 * All environment marks, from one pass over all processes.
 *
 * For a command that acts on many instances: one pass for each would take
 * quadratic time.  Processes started after the pass are missing.
 */

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

/* Add the slots below root that an environment names.  -1: ENOMEM. */
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

/* The environment of a process of ours; if we cannot read it, that of its
 * parent in the same session.  0, -1. */
static int
env_mark_environ(pid_t pid, struct buf *env)
{
	int r;

	do {
		env->len = 0;
		r = look_environ(pid, env);
	} while (r < 0 && errno == ETIMEDOUT &&
	    (pid = proc_session_parent(pid)));
	if (!pid)
		errno = ETIMEDOUT;
	return r;
}

int
env_marks_take(struct marks *m, const char *root)
{
	struct procs all;
	struct buf env = { 0 };
	int err = 0;
	pid_t pid;

	m->all = (struct buf){ 0 };
	if (procs_begin(&all) < 0)
		return -1;
	while (!err && procs_next(&all, &pid)) {
		if (env_mark_environ(pid, &env) < 0) {
			if (errno != ETIMEDOUT && ours_unread(errno) < 0)
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
		env_marks_free(m);
		errno = err;
		return -1;
	}
	if (m->all.len)
		qsort(m->all.at, m->all.len / sizeof(struct carrier),
		    sizeof(struct carrier), by_mark);
	return 0;
}

int
env_marks_find(const struct marks *m, const char *folder, long long run,
    pid_t *pids, size_t cap)
{
	const struct carrier *at = (void *)m->all.at, *c;
	size_t n = m->all.len / sizeof(*at), count = 0;
	const char *name = strrchr(folder, '/');
	struct carrier key = { 0 };

	if (!n || !name || strlen(++name) >= sizeof(key.name))
		return 0;
	strcpy(key.name, name);
	c = bsearch(&key, at, n, sizeof(*at), by_mark);
	while (c && c > at && !strcmp(c[-1].name, name))
		c--;
	look_begin();
	for (; c && c < at + n && count < cap && !strcmp(c->name, name); c++) {
		if (env_mark_has(folder, run, c->pid))
			pids[count++] = c->pid;
	}
	look_end();
	return (int)count;
}

void
env_marks_free(struct marks *m)
{
	buf_free(&m->all);
}

/* The two variables as they are in an environment. */
struct mark {
	char slot[PATH_MAX + sizeof(ENV_SLOT)];
	char run[sizeof(ENV_RUN) + 24]; /* empty: any */
};

static bool
is_marked(const struct buf *env, const struct mark *m)
{
	const char *e = env->at, *end = env->at + env->len;
	bool slot = false, run = !*m->run;

	if (!env->len || end[-1])
		return false;
	for (; e < end; e += strlen(e) + 1) {
		if (!strncmp(e, ENV_PID "=", sizeof(ENV_PID)))
			return false;
		slot |= !strcmp(e, m->slot);
		run |= !strcmp(e, m->run);
	}
	return slot && run;
}

static void
env_mark_make(const char *folder, long long run, struct mark *m)
{
	text_join(m->slot, sizeof(m->slot), ENV_SLOT "=", folder, NULL);
	*m->run = '\0';
	if (run)
		text_join(m->run, sizeof(m->run), ENV_RUN "=", TEXT_NUM(run),
		    NULL);
}

long long
env_mark_run(pid_t pid)
{
	struct buf env = { 0 };
	struct fields all;
	long long run = 0;

	look_begin();
	if (look_environ(pid, &env) == 0 && buf_add(&env, "", 1) == 0) {
		all = (struct fields){ env.at, env.len };
		run = fields_num(&all, ENV_RUN, 0);
	}
	look_end();
	buf_free(&env);
	return run;
}

/* Whether the process is ours and has the mark; env is room for its
 * environment.  -1: the system, or the process (ETIMEDOUT), does not let us
 * look, errno. */
static int
carries_mark(pid_t pid, const struct mark *m, struct buf *env)
{
	int err = env_mark_environ(pid, env) < 0 ? errno : 0;

	if (err == ETIMEDOUT ? !ours_process(pid) && !errno : !err &&
	    !is_marked(env, m))
		return 0; /* a sandboxed process is not ours, even with the
		           * mark */
	if (!err)
		return ours_process(pid) ? 1 : ours_unread(errno);
	errno = err;
	return ours_unread(err);
}

int
env_mark_scan(const char *folder, long long run, pid_t *pids, size_t cap,
    pid_t *lack)
{
	struct mark mark;
	struct procs all;
	struct buf env = { 0 };
	int n = 0, err = 0, has;
	pid_t pid;

	*lack = 0;
	if (procs_begin(&all) < 0)
		return errno == ENOENT ? 0 : -1;
	env_mark_make(folder, run, &mark);
	while ((size_t)n < cap && procs_next(&all, &pid)) {
		has = carries_mark(pid, &mark, &env);
		if (has < 0 && errno == ETIMEDOUT)
			*lack = pid;
		else if (has < 0)
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

int
env_mark_look(const char *folder, long long run, pid_t pid)
{
	struct mark mark;
	struct buf env = { 0 };
	int has;

	env_mark_make(folder, run, &mark);
	has = carries_mark(pid, &mark, &env);
	buf_free(&env);
	return has;
}

bool
env_mark_has(const char *folder, long long run, pid_t pid)
{
	return env_mark_look(folder, run, pid) == 1;
}

pid_t
env_mark_oldest(const char *folder, long long run, pid_t but)
{
	enum { MOST = 4096 };
	pid_t pids[MOST], oldest = 0, lack;
	uint64_t start = UINT64_MAX;
	struct proc p;
	int n, err = 0;

	look_begin();
	n = env_mark_scan(folder, run, pids, MOST, &lack);
	if (n < 0)
		err = errno;
	for (int i = 0; i < n; i++) {
		if (pids[i] == getpid() || pids[i] == but)
			continue;
		if (look_proc(pids[i], &p) < 0) {
			if (errno == ETIMEDOUT) /* it lives, age unknown */
				oldest = oldest ? oldest : pids[i];
			else if (ours_unread(errno) < 0)
				err = errno;
			continue;
		}
		if (p.state == 'Z' || p.start >= start)
			continue;
		start = p.start;
		oldest = pids[i];
	}
	look_end();
	if (!err && !oldest && lack)
		err = ETIMEDOUT;
	errno = err;
	return err ? -1 : oldest;
}
