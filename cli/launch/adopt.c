/*
 * adopt.c: a program that runs already, and was started without us.
 *
 * It is told by the file that it runs, which the kernel knows; whose it is, by
 * what ours.h demands.  Of a family of processes that run the same file the
 * first one is meant.  What its environment says (its display, an instance's
 * mark) is its user's own word, and can only rule it out.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/early/gate.h"
#include "cli/interp.h"
#include "cli/io.h"
#include "cli/launch/adopt.h"
#include "cli/launch/handover.h"
#include "cli/launch/state.h"
#include "cli/ours.h"
#include "cli/proc.h"
#include "cli/procs.h"
#include "cli/rule/ends.h"
#include "cli/say.h"
#include "cli/slot/owner.h"
#include "cli/wire/carried.h"
#include "preload/contract.h"

enum { MOST = 256, LINE = 4096, WORDS = 64 };

/* One that runs the file. */
struct match {
	struct proc p;
	bool below; /* another one of these */
};

static bool
is_file(const char *path, const struct stat *file)
{
	struct stat st;

	return stat(path, &st) == 0 && st.st_dev == file->st_dev &&
	    st.st_ino == file->st_ino;
}

/* The command line of a process as an array, in storage. */
static size_t
line_read(pid_t pid, char *storage, size_t cap, char **words, size_t most)
{
	char path[64];
	ssize_t len;
	size_t n = 0;

	len = io_file(AT_FDCWD, proc_path(pid, "cmdline", path, sizeof(path)),
	    storage, cap);
	for (ssize_t at = 0; at < len && n + 1 < most;
	    at += (ssize_t)strlen(storage + at) + 1)
		words[n++] = storage + at;
	words[n] = NULL;
	return n;
}

/* Whether a process runs the file: as its program, or as its script. */
static bool
runs(pid_t pid, const struct stat *file)
{
	char path[64], exe[PATH_MAX], line[LINE], *words[4];
	const struct interp *in;
	const char *script;

	if (is_file(proc_path(pid, "exe", path, sizeof(path)), file))
		return true;
	proc_exe(pid, exe, sizeof(exe));
	in = interp_find(exe);
	if (!in || !line_read(pid, line, sizeof(line), words, 4))
		return false;
	script = interp_file(in, words);
	return script && *script == '/' && is_file(script, file);
}

static size_t
matches_find(const struct stat *file, struct match *m)
{
	struct procs s;
	size_t n = 0;
	pid_t pid;

	if (procs_begin(&s) < 0)
		return 0;
	while (n < MOST && procs_next(&s, &pid)) {
		m[n].below = false;
		if (pid != getpid() && ours_maybe(pid) && runs(pid, file) &&
		    proc_read(pid, &m[n].p) == 0 && m[n].p.state != 'Z') {
			m[n].p.pid = pid;
			n++;
		}
	}
	procs_end(&s);
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < n; k++)
			m[i].below |= m[i].p.parent == m[k].p.pid;
	}
	return n;
}

/* A value of an environment as proc_environ has it; NULL: none. */
static const char *
env_value(const struct buf *env, const char *name)
{
	size_t n = strlen(name);

	for (const char *e = env->at; e && e < env->at + env->len;
	    e += strlen(e) + 1) {
		if (!strncmp(e, name, n) && e[n] == '=' && e[n + 1])
			return e + n + 1;
	}
	return NULL;
}

/* Whether it is on our display, or has none, as we have none. */
static bool
same_display(const struct buf *env)
{
	bool any = false;

	for (size_t i = 0; i < 2; i++) {
		const char *its = env_value(env, carried_displays[i]);
		const char *own = getenv(carried_displays[i]);

		own = own && *own ? own : NULL;
		if (own && its && carried_display_same(own, its))
			return true;
		any |= own || its;
	}
	return !any;
}

/* Whether it may become an instance of this user's, and is no part of one. */
static bool
is_free(pid_t pid)
{
	int proc = ours_open(pid);
	bool is = proc >= 0 && ours_at(proc) && !ours_sandbox(proc) &&
	    !proc_descends(getpid(), pid);
	struct buf env;

	io_close(&proc);
	buf_init(&env, NULL, 0);
	is = is && proc_environ(pid, &env) == 0 &&
	    buf_add(&env, "", 1) == 0 && !env_value(&env, ENV_SLOT) &&
	    same_display(&env);
	buf_free(&env);
	return is;
}

static bool
is_wanted(const struct launch *l)
{
	return !l->held.pid && !l->o->shell_line && !l->id.whole &&
	    !l->key.made.n && l->o->max == 1 && (l->o->adopt ||
	    (l->o->terms.on_activate && (getenv("DISPLAY") ||
	    getenv("WAYLAND_DISPLAY"))));
}

/* The first of those that run it which may become the instance; 0: none. */
static BEHIND_GATE pid_t
running_take(const struct stat *file, int *pidfd)
{
	struct match m[MOST], *first;
	size_t n;

	early_gate();
	for (n = matches_find(file, m);;) {
		first = NULL;
		for (size_t i = 0; i < n; i++) {
			if (!m[i].below && (!first ||
			    m[i].p.start < first->p.start))
				first = &m[i];
		}
		if (!first)
			return 0;
		*pidfd = owner_pidfd(first->p.pid);
		if (*pidfd >= 0 && runs(first->p.pid, file) &&
		    is_free(first->p.pid) && !owner_ended(*pidfd))
			return first->p.pid;
		io_close(pidfd);
		first->below = true; /* the next one */
	}
}

pid_t
adopt_find(const struct launch *l, int *pidfd)
{
	struct stat file;

	*pidfd = -1;
	return !is_wanted(l) || interp_find(l->id.file) ||
	    !ends_in(l->id.file, &file) ? 0 : running_take(&file, pidfd);
}

/* It has not got what we put behind its name when we start it. */
static void
handler_drop(struct handover *h)
{
	if (!h->found || !h->row.inserts)
		return;
	h->found = false;
	strcpy(h->why, "it was started without us, and has no way in");
}

bool
adopt_begin(struct launch *l)
{
	static char line[LINE], *words[WORDS];
	char digits[24];
	pid_t pid;
	int pidfd;

	pid = adopt_find(l, &pidfd);
	if (!pid)
		return false;
	if (!l->o->adopt) {
		say_note(basename(l->id.file), " runs already, pid ",
		    say_num(digits, pid), ", started without onlyone; --adopt"
		    " takes it as the instance", NULL);
		io_close(&pidfd);
		return false;
	}
	handover_seek(l);
	handler_drop(&l->handover);
	l->held.pid = pid;
	l->held.pidfd = pidfd;
	if (line_read(pid, line, sizeof(line), words, WORDS))
		l->held.words = words;
	say_more(basename(l->id.file), " runs already, pid ",
	    say_num(digits, pid), ": it is the instance now", NULL);
	return true;
}

void
adopt_end(struct launch *l)
{
	io_close(&l->held.pidfd);
	l->held = (struct held){ .pidfd = -1 };
}
